import type { Log } from '#kit/process/log.ts';
import type { OpenPump } from '#kit/webrtc/pump.ts';
import { loadAddon } from './addon.ts';
import { nativePump } from './native.ts';
import { openTwin } from './twin.ts';

/** The native pump where it was built, else its twin; the log says which. */
export function choosePump(log: Log): OpenPump {
  const addon = loadAddon();
  if (addon === null) log.warn('viewers are served by TypeScript: the native pump was not built on this machine (it takes gcc)');
  else log.info('viewers are served by the native pump');
  return addon === null ? openTwin : nativePump(addon);
}
