import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Type, { type Static } from 'typebox';
import type { PtzHead } from '../visca/head.ts';
import type { Account } from './auth.ts';
import { SimulatedCamera } from './camera.ts';
import { serveDiscovery } from './discovery-responder.ts';
import { EventService } from './event-service.ts';
import { OnvifFaults } from './faults.ts';
import { serveOnvif } from './onvif-server.ts';

/** Of the room's camera: a loopback device that asks, so that asking is tried. */
export const ROOM_ACCOUNT: Account = { username: 'lectern', password: 'simulated' };
const ENDPOINT = 'urn:uuid:1419d68a-1dd2-11b2-a105-000000000301';
const MAX_STILL_BYTES = 4 * 1_048_576;
const run = promisify(execFile);

/** What a test orders of it. */
export const OnvifOrder = Type.Object(
  { faults: Type.Optional(OnvifFaults), notice: Type.Optional(Type.Object({ kind: Type.Enum(['motion', 'tamper']), active: Type.Boolean() }, { additionalProperties: false })) },
  { additionalProperties: false },
);
export type OnvifOrder = Static<typeof OnvifOrder>;

export interface RoomCamera {
  readonly port: number;
  order(order: OnvifOrder): void;
}

export interface RoomCameraOptions {
  readonly host: string;
  readonly port: number;
  /** UDP port of WS-Discovery on the host's network; undefined where nobody is to find it. */
  readonly discovery: number | undefined;
  /** `rtsp://host:port`, as soon as it is known. */
  readonly rtsp: () => string;
}

/** The room's camera as ONVIF has it: the head that VISCA drives too, the RTSP server's picture, stills taken from it. */
export async function openRoomCamera(head: PtzHead, { host, port, discovery, rtsp }: RoomCameraOptions, signal: AbortSignal): Promise<RoomCamera> {
  const camera = new SimulatedCamera(head);
  const events = new EventService(camera);
  const bound = await serveOnvif(camera, events, { account: ROOM_ACCOUNT, rtsp, snapshot: () => stillOf(`${rtsp()}/camera`) }, { host, port }, signal);
  const url = `http://${host}:${bound}/onvif/device_service`;
  if (discovery !== undefined) await serveDiscovery({ address: host, port: discovery, endpoint: ENDPOINT, url, name: 'Simulated classroom', model: 'Simulated dome' }, signal);
  const order = ({ faults, notice }: OnvifOrder): void => {
    if (faults !== undefined) camera.faults = faults;
    if (notice !== undefined) events.notice(notice.kind, notice.active);
  };
  return { port: bound, order };
}

async function stillOf(address: string): Promise<Buffer> {
  const args = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', address, '-frames:v', '1', '-f', 'mjpeg', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: MAX_STILL_BYTES, timeout: 10_000 });
  return stdout;
}
