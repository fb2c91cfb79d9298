import { isIP } from 'node:net';
import Type, { type Static } from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import { createHttp, listenOn } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { OnvifOrder, type RoomCamera } from './onvif/room-camera.ts';
import { RtspFault, type Renderer } from './renderer.ts';
import { ViscaFaults, type FaultyLine } from './visca/faults.ts';
import type { PtzHead } from './visca/head.ts';

const Faults = Type.Object({ rtsp: Type.Optional(RtspFault), visca: Type.Optional(ViscaFaults), onvif: Type.Optional(OnvifOrder), microphonePpm: Type.Optional(Type.Number({ minimum: -1_000, maximum: 1_000 })) }, { additionalProperties: false });
type Faults = Static<typeof Faults>;

/** How long the head is gone, and whether it loses its presets. */
const Reboot = Type.Object({ awayMs: Type.Integer({ minimum: 0, maximum: 60_000 }), forgets: Type.Optional(Type.Boolean()) }, { additionalProperties: false });

export interface Simulated {
  readonly renderer: Renderer;
  readonly head: PtzHead;
  readonly line: FaultyLine;
  readonly onvif: RoomCamera | null;
}

/** What tests ask and order: `GET /truth`, `POST /faults`, `POST /camera/reboot`. Resolves with the port; closes on abort. */
export async function serveControl(simulated: Simulated, at: { host: string; port: number }, log: Log, signal: AbortSignal): Promise<number> {
  const { renderer, head, line, onvif } = simulated;
  const http = await createHttp({ name: 'classroom simulator', log, authorise: refuse, health: () => healthOf(renderer), metrics: createMetrics('simulators') });
  const config = { access: 'public' };
  http.get('/truth', { config }, async () => ({ ...(await renderer.truth()), camera: { on: head.on, moving: head.moving, ...head.viewport() } }));
  http.post<{ Body: Faults }>('/faults', { config, schema: { body: Faults } }, async ({ body }) => {
    if (body.rtsp !== undefined) renderer.fail(body.rtsp);
    if (body.microphonePpm !== undefined) renderer.setMicrophoneClock(body.microphonePpm);
    if (body.visca !== undefined) line.set(body.visca);
    if (body.onvif !== undefined) onvif?.order(body.onvif);
    return body;
  });
  http.post<{ Body: Static<typeof Reboot> }>('/camera/reboot', { config, schema: { body: Reboot } }, async ({ body }) => {
    head.reboot(body.awayMs, { forgets: body.forgets ?? false });
    return body;
  });
  signal.addEventListener('abort', () => void http.close(), { once: true });
  return listenOn(http, at);
}

/** The simulator is for this machine alone: nothing in it asks who is there. */
export function assertLoopback(host: string): void {
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!loopback) throw new CodedError('bad_config', `The simulated classroom listens on this machine alone: "host" must be 127.0.0.1, not ${host}.`);
}

function refuse(): never {
  throw new CodedError('forbidden', 'There is nothing here to be signed in for.', { status: 403 });
}

function healthOf(renderer: Renderer): { ok: boolean; reasons: string[] } {
  return { ok: renderer.ready, reasons: renderer.ready ? [] : ['The renderer is starting or was killed.'] };
}
