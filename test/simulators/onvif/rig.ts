import { OnvifCamera } from '#appliance/cameras/onvif/onvif-camera.ts';
import { SavedViews } from '#appliance/cameras/onvif/saved-views.ts';
import type { Rig } from '#appliance/cameras/testing/ptz-camera-contract.ts';
import { createLog } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { PtzHead } from '../visca/head.ts';
import { runMotors } from '../visca/motor-loop.ts';
import type { Account } from './auth.ts';
import { SimulatedCamera } from './camera.ts';
import { EventService } from './event-service.ts';
import { serveOnvif } from './onvif-server.ts';

const HOST = '127.0.0.1';
const ACCOUNT: Account = { username: 'lectern', password: 'simulated' };
const log = createLog('test');
log.level = 'silent';

/** For the contract: one head behind an ONVIF server, its camera, and a line that can be cut. */
export async function onvifRig(): Promise<Rig> {
  const stop = new AbortController();
  const head = new PtzHead(Date.now());
  const simulated = new SimulatedCamera(head);
  const options = { account: ACCOUNT, rtsp: () => `rtsp://${HOST}:8554`, snapshot: async () => Buffer.alloc(0) };
  const port = await serveOnvif(simulated, new EventService(simulated), options, { host: HOST, port: 0 }, stop.signal);
  const camera = new OnvifCamera({
    id: 'camera', config: { url: `http://${HOST}:${port}`, maxZoom: 4, panRangeDeg: [-45, 45], tiltRangeDeg: [-16, 16] },
    credentials: () => ACCOUNT, views: newViews(), clock: { nowMs: () => Date.now() }, log,
  });
  const running = [
    runMotors(head, () => undefined, stop.signal),
    supervise('camera', (signal) => camera.run(signal), { signal: stop.signal, log, maxDelayMs: 500 }),
  ];
  return {
    camera,
    head: () => ({ ...head.viewport(), moving: head.moving }),
    cut: () => (simulated.faults = { deaf: true }),
    heal: () => (simulated.faults = {}),
    close: async () => {
      stop.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Of a camera that nobody saved a view in yet, kept for as long as the test runs. */
export function newViews(): SavedViews {
  return new SavedViews({ get: () => null, set: () => undefined }, 'camera');
}
