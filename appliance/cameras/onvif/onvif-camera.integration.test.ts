import { createLog } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { SimulatedCamera } from '#test/simulators/onvif/camera.ts';
import { EventService } from '#test/simulators/onvif/event-service.ts';
import type { OnvifFaults } from '#test/simulators/onvif/faults.ts';
import { serveOnvif } from '#test/simulators/onvif/onvif-server.ts';
import { newViews } from '#test/simulators/onvif/rig.ts';
import { PtzHead } from '#test/simulators/visca/head.ts';
import { runMotors } from '#test/simulators/visca/motor-loop.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OnvifCamera } from './onvif-camera.ts';
import type { OnvifConfig } from './onvif-config.ts';

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000 };
const HOST = '127.0.0.1';
/** Neither XML nor ASCII would like it. */
const ACCOUNT = { username: 'lehrer<&', password: 'Bücher"<&>' };
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');
const log = createLog('test');
log.level = 'silent';

let stop: AbortController;
let simulated: SimulatedCamera;
let events: EventService;
let running: Promise<unknown>[];
let port: number;

beforeEach(async () => {
  stop = new AbortController();
  const head = new PtzHead(Date.now());
  simulated = new SimulatedCamera(head);
  events = new EventService(simulated);
  running = [runMotors(head, () => undefined, stop.signal)];
  const options = { account: ACCOUNT, rtsp: () => 'rtsp://192.0.2.64:8554', snapshot: async () => JPEG };
  port = await serveOnvif(simulated, events, options, { host: HOST, port: 0 }, stop.signal);
});

afterEach(async () => {
  stop.abort();
  await Promise.allSettled(running);
});

function open(password = ACCOUNT.password, config: Partial<OnvifConfig> = {}): OnvifCamera {
  const camera = new OnvifCamera({
    id: 'camera', config: { url: `http://${HOST}:${port}`, maxZoom: 4, panRangeDeg: [-45, 45], tiltRangeDeg: [-16, 16], ...config },
    credentials: () => ({ ...ACCOUNT, password }), views: newViews(), clock: { nowMs: () => Date.now() }, log,
  });
  running.push(supervise('camera', (signal) => camera.run(signal), { signal: stop.signal, log, minDelayMs: 20, maxDelayMs: 100 }));
  return camera;
}

async function connected(faults: OnvifFaults = {}, config: Partial<OnvifConfig> = {}): Promise<OnvifCamera> {
  simulated.faults = faults;
  const camera = open(ACCOUNT.password, config);
  await vi.waitFor(() => expect(camera.status()).toMatchObject({ link: 'ok' }), WAIT);
  return camera;
}

async function turned(camera: OnvifCamera, velocity = { pan: 1, tilt: 0, zoom: 0 }): Promise<void> {
  const from = simulated.head.viewport().panDeg;
  await vi.waitFor(() => {
    camera.drive(velocity);
    expect(Math.abs(simulated.head.viewport().panDeg - from)).toBeGreaterThan(1);
  }, WAIT);
}

const rests = (): Promise<void> => vi.waitFor(() => expect(simulated.head.moving).toBe(false), WAIT);

describe('connecting', () => {
  it.each<[string, OnvifFaults]>([
    ['WS-Security', {}],
    ['HTTP digest alone', { auth: 'digest' }],
    ['HTTP digest with nonces that soon are stale', { auth: 'digest', nonceUses: 2 }],
    ['either of them', { auth: 'both' }],
    ['no password at all', { auth: 'none' }],
    ['WS-Security by a clock that is a day behind', { clockSkewMs: -86_400_000 }],
    ['a password even for the time, and a clock two hours ahead', { timeNeedsPassword: true, clockSkewMs: 7_200_000 }],
    ['HTTP digest even for the time', { timeNeedsPassword: true, auth: 'digest', clockSkewMs: 7_200_000 }],
    ['GetCapabilities alone', { noGetServices: true }],
    ['addresses that lead nowhere', { foreignAddresses: true }],
  ])('works with %s', async (_what, faults) => {
    const camera = await connected(faults);
    expect(camera.status().version).toBe('Lectern Simulated dome 1.0.7');
    expect(camera.capabilities().commands).toEqual(expect.arrayContaining(['home', 'move-to', 'preset-save', 'focus', 'focus-drive', 'exposure', 'white-balance', 'backlight', 'infrared']));
    expect(camera.device()?.missing).toEqual([]);
  });

  it.each<[string, OnvifFaults]>([['WS-Security', {}], ['HTTP digest', { auth: 'digest' }], ['a skewed clock', { clockSkewMs: 90_000 }]])('says "wrong password" with %s', async (_what, faults) => {
    simulated.faults = faults;
    const camera = open('guessed');
    await vi.waitFor(() => expect(camera.status().advice).toContain('does not accept this name and password'), WAIT);
    await expect(camera.execute({ type: 'home' })).rejects.toMatchObject({ code: 'camera_unreachable' });
    // It does not go on guessing: cameras lock out who does.
    const tries = simulated.asked.filter((operation) => operation === 'GetDeviceInformation').length;
    expect(tries).toBeLessThanOrEqual(2);
  });

  it('tries a corrected password at once', async () => {
    let password = 'guessed';
    const camera = new OnvifCamera({ id: 'camera', config: { url: `http://${HOST}:${port}` }, credentials: () => ({ ...ACCOUNT, password }), views: newViews(), clock: { nowMs: () => Date.now() }, log });
    running.push(supervise('camera', (signal) => camera.run(signal), { signal: stop.signal, log, minDelayMs: 20 }));
    await vi.waitFor(() => expect(camera.status().advice).toContain('password'), WAIT);
    password = ACCOUNT.password;
    camera.reconnect();
    await vi.waitFor(() => expect(camera.status().link).toBe('ok'), WAIT);
  });

  it('takes the clock again at a new connection', async () => {
    const camera = await connected();
    // On a quiet machine the link is back before anybody could have seen it lost: what the camera was asked tells.
    simulated.asked.length = 0;
    simulated.faults = { clockSkewMs: 3_600_000 };
    await vi.waitFor(() => expect([simulated.asked.includes('GetSystemDateAndTime'), camera.status().link]).toEqual([true, 'ok']), WAIT);
  });

  it.each(['media', 'media2', 'ptz', 'imaging', 'events'] as const)('keeps the rest of a camera whose %s service is missing or broken', async (service) => {
    for (const faults of [{ missing: [service] }, { broken: [service] }]) {
      const camera = await connected(faults);
      const { commands } = camera.capabilities();
      expect([commands.includes('home'), commands.includes('focus')]).toEqual([service !== 'ptz', service !== 'imaging']);
      if (service !== 'media' && service !== 'media2') expect(camera.device()?.missing.map((one) => one.service)).toEqual(service === 'events' && 'broken' in faults ? [] : [service]);
      expect(await camera.streamAddress()).toContain(':8554/camera');
      await camera.still();
    }
  });

  it('has no more than a name where all services are missing', async () => {
    const camera = await connected({ missing: ['media', 'media2', 'ptz', 'imaging', 'events'] });
    expect(camera.capabilities().commands).toEqual([]);
    expect(camera.device()?.missing.map(({ service }) => service).sort()).toEqual(['events', 'imaging', 'media', 'ptz']);
    await expect(camera.execute({ type: 'home' })).rejects.toMatchObject({ code: 'camera_cannot' });
    await expect(camera.streamAddress()).rejects.toMatchObject({ code: 'camera_cannot' });
  });

  it.each(['broken', 'huge', 'endless', 'bomb', 'deep', 'html', 'empty'] as const)('survives answers that are %s, and connects when they end', async (answer) => {
    simulated.faults = { answer };
    const camera = open();
    await vi.waitFor(() => expect(simulated.asked.length).toBeGreaterThanOrEqual(answer === 'endless' ? 1 : 2), WAIT);
    expect(camera.status().link).toBe('lost');
    simulated.faults = {};
    await vi.waitFor(() => expect(camera.status().link).toBe('ok'), WAIT);
  });
});

describe('driving', () => {
  it.each<[string, OnvifFaults]>([['as it should', {}], ['by velocity zero where Stop is unsupported', { stopUnsupported: true }], ['by degrees that are parts of the reach', { noDegrees: true }]])('turns and stops %s', async (_what, faults) => {
    const camera = await connected({ ...faults, ignoresTimeout: true });
    await turned(camera, { pan: 1, tilt: 0.5, zoom: 1 });
    camera.stop();
    await rests();
    const { panDeg, tiltDeg, zoom } = simulated.head.viewport();
    await vi.waitFor(() => expect(camera.status()).toMatchObject({ moving: false, panDeg: expect.closeTo(panDeg, 1), tiltDeg: expect.closeTo(tiltDeg, 1), zoom: expect.closeTo(zoom, 1) }), WAIT);
  });

  it('sends pan, tilt and zoom apart to a camera that refuses them at once', async () => {
    const camera = await connected({ refusesBothAxes: true });
    await turned(camera, { pan: -1, tilt: 0, zoom: 1 });
    await vi.waitFor(() => expect(simulated.head.viewport().zoom).toBeGreaterThan(1.1), WAIT);
    camera.stop();
    await rests();
  });

  it('leaves no queue behind a drag', async () => {
    const camera = await connected({ delayMs: 40, only: 'Move' });
    for (let step = 0; step < 300; step += 1) camera.drive({ pan: Math.sin(step / 20), tilt: 0, zoom: 0 });
    camera.stop();
    await rests();
    await vi.waitFor(() => expect(simulated.asked).toContain('Stop'), WAIT);
    expect(simulated.asked.filter((operation) => operation === 'ContinuousMove').length).toBeLessThan(5);
  });

  it('repeats a stop until the camera takes it', async () => {
    const camera = await connected();
    await turned(camera, { pan: 0.3, tilt: 0, zoom: 0 });
    simulated.faults = { answer: 'broken', only: 'Stop' };
    camera.stop();
    await vi.waitFor(() => expect(simulated.asked.filter((operation) => operation === 'Stop').length).toBeGreaterThan(3), WAIT);
    simulated.faults = {};
    await rests();
  });

  it('stops a head that somebody left moving, and one that it leaves itself', async () => {
    simulated.drive({ x: 0.2, y: 0 }, null, null);
    const camera = await connected();
    await rests();
    await turned(camera, { pan: -0.3, tilt: 0, zoom: 0 });
    camera.reconnect();
    await rests();
  });

  it('rests where the camera says for ever that it moves', async () => {
    const camera = await connected({ stickyMoving: true });
    await camera.execute({ type: 'move-to', panDeg: 10, tiltDeg: -5, zoom: 2 });
    expect(camera.status().moving).toBe(true);
    await vi.waitFor(() => expect(camera.status()).toMatchObject({ moving: false, panDeg: expect.closeTo(10, 1), tiltDeg: expect.closeTo(-5, 1), zoom: expect.closeTo(2, 1) }), WAIT);
  });

  it('moves to, by and home, and leaves the zoom where it is unless told', async () => {
    const camera = await connected();
    await camera.execute({ type: 'move-to', panDeg: 12, tiltDeg: 4, zoom: 3 });
    await vi.waitFor(() => expect(camera.status()).toMatchObject({ moving: false, panDeg: expect.closeTo(12, 1) }), WAIT);
    await camera.execute({ type: 'move-by', panDeg: -6, tiltDeg: 0 });
    await vi.waitFor(() => expect(camera.status()).toMatchObject({ moving: false, panDeg: expect.closeTo(6, 1), zoom: expect.closeTo(3, 1) }), WAIT);
    await camera.execute({ type: 'home' });
    await vi.waitFor(() => expect(simulated.head.viewport().panDeg).toBeCloseTo(0, 1), WAIT);
  });

  it('keeps presets under the tokens and names of the camera, and calls them as it was told to', async () => {
    const camera = await connected();
    await camera.execute({ type: 'move-to', panDeg: 20, tiltDeg: 0 });
    await vi.waitFor(() => expect(simulated.head.viewport().panDeg).toBeCloseTo(20, 1), WAIT);
    await camera.execute({ type: 'preset-save', preset: 'new', name: 'Board <1> & "wall"' });
    const [preset] = camera.status().presets ?? [];
    expect(preset).toEqual({ id: 'new', name: 'Board <1> & "wall"' });
    await camera.execute({ type: 'preset-save', preset: 'new', name: '007' });
    expect(camera.status().presets).toEqual([{ id: 'new', name: '007' }]);
    expect([...simulated.presets.keys()]).toEqual(['Preset_001.0']);
    await camera.execute({ type: 'home' });
    await vi.waitFor(() => expect(simulated.head.viewport().panDeg).toBeCloseTo(0, 1), WAIT);
    await camera.execute({ type: 'preset-recall', preset: 'new' });
    await vi.waitFor(() => expect(simulated.head.viewport().panDeg).toBeCloseTo(20, 1), WAIT);
    await camera.execute({ type: 'preset-clear', preset: 'new' });
    expect(camera.status().presets).toEqual([]);
    await expect(camera.execute({ type: 'preset-recall', preset: 'new' })).rejects.toMatchObject({ code: 'camera_refused' });
  });
});

it('sets the lens, and leaves the rest of it alone', async () => {
  const camera = await connected();
  await camera.execute({ type: 'focus', mode: 'manual' });
  expect(camera.status().focus).toBe('manual');
  await camera.execute({ type: 'focus-drive', speed: -1 });
  expect(simulated.focusSpeed).toBe(-7);
  await camera.execute({ type: 'focus-drive', speed: 0 });
  expect(simulated.focusSpeed).toBe(0);
  await camera.execute({ type: 'exposure', mode: 'manual', gain: 0, iris: 1 });
  await camera.execute({ type: 'exposure', mode: 'darker' });
  await camera.execute({ type: 'white-balance', mode: 'manual' });
  await camera.execute({ type: 'backlight', on: true });
  await camera.execute({ type: 'infrared', on: true });
  expect(Object.fromEntries(simulated.imaging)).toEqual({
    Brightness: '40', BacklightMode: 'ON', ExposureMode: 'MANUAL', ExposureTime: '10000', Gain: '0', Iris: '0', AutoFocusMode: 'MANUAL', IrCutFilter: 'OFF', WhiteBalanceMode: 'MANUAL',
  });
  await expect(camera.execute({ type: 'focus', mode: 'one-push' })).rejects.toMatchObject({ code: 'camera_cannot' });
  await expect(camera.execute({ type: 'tally', state: 'program' })).rejects.toMatchObject({ code: 'camera_cannot' });
});

it('gives addresses at the host that it is reached by, with the password for RTSP, and stills', async () => {
  const camera = await connected({ foreignAddresses: true, auth: 'digest' });
  expect(await camera.streamAddress('Still lens')).toBe(`rtsp://lehrer%3C%26:B%C3%BCcher%22%3C%26%3E@${HOST}:8554/camera`);
  expect(await camera.still()).toEqual(JPEG);
  await expect(camera.streamAddress('none')).rejects.toMatchObject({ code: 'camera_cannot' });
});

it('hears what the camera notices, over a lost subscription, and gives the subscription back', async () => {
  const camera = await connected({ noRenew: true });
  await vi.waitFor(() => expect(events.open).toBe(1), WAIT);
  events.notice('motion', true);
  await vi.waitFor(() => expect(camera.notices()).toMatchObject([{ kind: 'motion', active: true }]), WAIT);
  simulated.faults = { losesSubscription: true };
  events.notice('motion', false);
  await vi.waitFor(() => expect(simulated.faults.losesSubscription).toBe(false), WAIT);
  await vi.waitFor(() => expect(events.open).toBe(1), WAIT);
  events.notice('tamper', true);
  await vi.waitFor(() => expect(camera.notices().at(-1)).toMatchObject({ kind: 'tamper', active: true }), WAIT);
  expect(camera.status().link).toBe('ok');
  stop.abort();
});
