import type { Log } from '#kit/process/log.ts';
import type { OpenPump } from '#kit/webrtc/pump.ts';
import type { EdgeConfig } from '../config/config.ts';
import { loadAddon } from './addon.ts';
import { nativePump } from './native.ts';
import { openTwin } from './twin.ts';

/** The native pump where it was built, else its twin; the log says which. */
export function choosePump(wanted: NonNullable<EdgeConfig['pump']>, log: Log): OpenPump {
  const addon = wanted === 'native' ? loadAddon() : null;
  if (addon === null) log.warn(`viewers are served by TypeScript: ${wanted === 'native' ? 'the native pump was not built on this machine (it takes gcc)' : 'the configuration says so'}`);
  else log.info('viewers are served by the native pump');
  return addon === null ? openTwin : nativePump(addon);
}
