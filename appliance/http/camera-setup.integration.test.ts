import { mkdtempSync, rmSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttp, listenOn } from '#kit/process/http.ts';
import { createLog } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { hashPassword, hashSecret } from '#kit/process/secrets.ts';
import { SimulatedCamera } from '#test/simulators/onvif/camera.ts';
import { serveDiscovery } from '#test/simulators/onvif/discovery-responder.ts';
import { EventService } from '#test/simulators/onvif/event-service.ts';
import { serveOnvif } from '#test/simulators/onvif/onvif-server.ts';
import { PtzHead } from '#test/simulators/visca/head.ts';
import { runMotors } from '#test/simulators/visca/motor-loop.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PanelAccess } from '../access/panel-access.ts';
import { OnvifRoom } from '../cameras/onvif/onvif-room.ts';
import { roomCameras } from '../cameras/room-cameras.ts';
import type { CameraState } from '../contract/cameras.ts';
import type { Discovered, DiscoveredCamera, OnvifDetails } from '../contract/onvif.ts';
import type { State } from '../contract/state.ts';
import type { Static } from 'typebox';
import { CameraMemory } from '../store/camera-memory.ts';
import { openDatabase } from '../store/database.ts';
import { PresetStore } from '../store/preset-store.ts';
import { RoomMemory } from '../store/room-memory.ts';
import { boxSeal } from '../store/seal.ts';
import { SettingStore } from '../store/setting-store.ts';
import { authoriser } from './authorise.ts';
import { cameraRoutes } from './camera-routes.ts';
import { onvifRoutes } from './onvif-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import type { PanelServices } from './services.ts';

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000, interval: 50 };
const HOST = '127.0.0.1';
const PAIRED = 'the-paired-screen';
const PIN = '2468';
const ACCOUNT = { username: 'admin', password: 'right' };
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');
const log = createLog('test');
log.level = 'silent';
const clock = { nowMs: () => Date.now() };
const folder = mkdtempSync(join(tmpdir(), 'camera-setup-'));
const building = new AbortController();
const head = new PtzHead(Date.now());
const simulated = new SimulatedCamera(head);
let url: string;
let discoveryPort: number;
let box: Awaited<ReturnType<typeof openBox>>;

beforeAll(async () => {
  void runMotors(head, () => undefined, building.signal);
  const options = { account: ACCOUNT, rtsp: () => 'rtsp://192.0.2.64:8554', snapshot: async () => JPEG };
  url = `http://${HOST}:${await serveOnvif(simulated, new EventService(simulated), options, { host: HOST, port: 0 }, building.signal)}`;
  const probe = createSocket('udp4').bind(0, HOST);
  await once(probe, 'listening');
  discoveryPort = probe.address().port;
  await new Promise<void>((done) => probe.close(() => done()));
  await serveDiscovery({ address: HOST, port: discoveryPort, endpoint: 'urn:uuid:dome', url: `${url}/onvif/device_service`, name: 'Dome', model: 'Simulated dome' }, building.signal);
  box = await openBox();
});

afterAll(async () => {
  await box.close();
  building.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** The box's cameras behind its own doors, over the database and the key of this folder. Whoever installed it mistyped the password. */
async function openBox() {
  const stop = new AbortController();
  const db = openDatabase(join(folder, 'box.sqlite'));
  const memory = new RoomMemory(db, await hashPassword(PIN));
  const reach: { panRangeDeg: [number, number]; tiltRangeDeg: [number, number] } = { panRangeDeg: [-45, 45], tiltRangeDeg: [-16, 16] };
  const config = {
    cameras: [{ id: 'dome', name: 'Dome', onvif: { url, username: ACCOUNT.username, password: 'mistyped', maxZoom: 4, ...reach } }],
    cameraDiscovery: { interfaces: [HOST], port: discoveryPort }, sources: [], dataDir: folder,
  };
  const onvif = new OnvifRoom({ config, seal: boxSeal(folder), kept: new SettingStore(db), clock, log });
  const cameras = roomCameras({
    config, names: new PresetStore(db), memory: new CameraMemory(db), onvif: (id) => onvif.camera(id), clock, log,
    program: () => ({ layout: 'camera', layouts: [], live: false }), classNear: () => false, snapshot: async () => JPEG,
  });
  const access = new PanelAccess(memory, hashSecret(PAIRED), clock);
  const services = { access, onvif, cameras: cameras.desk, audit: () => undefined, state: () => ({}) as State } as unknown as PanelServices;
  const http = await createHttp({ name: 'appliance', log, authorise: authoriser(access, []), health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test') });
  sessionRoutes(http, services);
  cameraRoutes(http, services);
  onvifRoutes(http, services);
  const base = `http://${HOST}:${await listenOn(http, { host: HOST, port: 0 })}`;
  const running = Promise.all([cameras.run(stop.signal), onvif.run(stop.signal)]);
  const session = await fetch(`${base}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ pin: PIN }) });
  const { token } = (await session.json()) as { token: string };
  const call = (method: string, path: string, body?: object, bearer = token): Promise<Response> =>
    fetch(`${base}/api/${path}`, {
      method, headers: { authorization: `Bearer ${bearer}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const close = async (): Promise<void> => {
    stop.abort();
    await http.close();
    await running;
    db.close();
  };
  return { call, close, camera: (): CameraState | undefined => cameras.desk.states()[0] };
}

const details = async (): Promise<OnvifDetails> => (await (await box.call('GET', 'cameras/dome/onvif')).json()) as OnvifDetails;
const connects = () => vi.waitFor(() => expect(box.camera()?.link).toBe('ok'), WAIT);
const looksAt = (panDeg: number) => vi.waitFor(() => expect(head.viewport().panDeg).toBeCloseTo(panDeg, 0), WAIT);
/** A machine that stood still for seconds took the camera for gone: it is asked again. */
const asked = (method: string, path: string, body?: object) => vi.waitFor(async () => expect((await box.call(method, path, body)).status).toBe(204), WAIT);

it.each([
  ['GET', 'cameras/discovered', undefined], ['POST', 'cameras/discovered', { url: 'http://192.0.2.1' }], ['GET', 'cameras/dome/onvif', undefined],
  ['PUT', 'cameras/dome/login', ACCOUNT], ['GET', 'cameras/dome/still', undefined], ['POST', 'cameras/dome/reboot', undefined],
])('%s %s is for whoever knows the PIN', async (method, path, body) => {
  expect((await box.call(method, path, body, 'a-stranger')).status).toBe(401);
  expect((await box.call(method, path, body, PAIRED)).status).toBe(403);
  expect((await box.call(method, path.replace('dome', 'attic'), body)).status).not.toBe(403);
});

it('lists what answers on the network, and looks where it is told to', async () => {
  const found = await vi.waitFor(async () => {
    const { devices } = (await (await box.call('GET', 'cameras/discovered')).json()) as Static<typeof Discovered>;
    expect(devices).toHaveLength(1);
    return devices[0];
  }, { timeout: 40_000, interval: 500 });
  expect(found).toMatchObject({ endpoint: 'urn:uuid:dome', name: 'Dome', url: `${url}/onvif/device_service`, usedBy: 'dome' });
  expect((await (await box.call('POST', 'cameras/discovered', { url })).json()) as DiscoveredCamera).toMatchObject({ usedBy: 'dome' });
  const nobody = await box.call('POST', 'cameras/discovered', { url: `http://${HOST}:9` });
  expect([nobody.status, ((await nobody.json()) as { error: { code: string } }).error.code]).toEqual([503, 'camera_unreachable']);
  expect((await box.call('POST', 'cameras/discovered', { url: 'file:///etc/passwd' })).status).toBe(400);
});

it('says of a wrong password that it is wrong, and takes the right one at once', async () => {
  await vi.waitFor(async () => expect(await details()).toMatchObject({ connected: false, advice: expect.stringContaining('does not accept this name and password') as string }), WAIT);
  expect(box.camera()).toMatchObject({ link: 'lost', advice: expect.stringContaining('password') as string });
  const refused = await box.call('GET', 'cameras/dome/still');
  expect(refused.status).toBe(503);
  expect((await box.call('PUT', 'cameras/dome/login', { username: '' })).status).toBe(400);
  expect((await box.call('PUT', 'cameras/dome/login', ACCOUNT)).status).toBe(204);
  await connects();
  expect(await details()).toMatchObject({ connected: true, advice: '', manufacturer: 'Lectern', missing: [] });
});

it('shows what the camera sees', async () => {
  await connects();
  const still = await box.call('GET', 'cameras/dome/still');
  expect([still.status, still.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(Buffer.from(await still.arrayBuffer())).toEqual(JPEG);
});

it('puts a view back that a reboot of the camera wiped, also after the box was started anew', async () => {
  await connects();
  head.perform({ kind: 'move-to', pan: 15 * 14.4, tilt: 0, panSpeed: 24, tiltSpeed: 20 }, () => undefined);
  await looksAt(15);
  await vi.waitFor(() => expect(box.camera()).toMatchObject({ moving: false, panDeg: expect.closeTo(15, 0) as number }), WAIT);
  await asked('PUT', 'cameras/dome/presets/1', { name: 'Board' });
  expect(box.camera()?.presets).toEqual([{ id: '1', name: 'Board' }]);

  await box.close();
  box = await openBox();
  // By the name and password that were typed, not by those of the installer.
  await connects();

  simulated.faults = { forgetsPresets: true };
  await asked('POST', 'cameras/dome/reboot');
  await vi.waitFor(() => expect([simulated.reboots, head.away, head.viewport().panDeg]).toEqual([1, false, 0]), WAIT);
  expect(simulated.presets.size).toBe(0);
  await vi.waitFor(async () => {
    await connects();
    expect((await box.call('POST', 'cameras/dome/presets/1/recall')).status).toBe(204);
  }, { timeout: 40_000, interval: 200 });
  await looksAt(15);
  // It has it again, once, and by the same name.
  await vi.waitFor(() => expect([...simulated.presets.values()]).toMatchObject([{ name: 'Board', panDeg: expect.closeTo(15, 0) as number }]), WAIT);
  await vi.waitFor(() => expect(box.camera()?.presets).toEqual([{ id: '1', name: 'Board' }]), WAIT);
});
