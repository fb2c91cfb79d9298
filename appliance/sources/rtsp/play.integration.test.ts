import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { reasonOf } from '#kit/process/errors.ts';
import { type CameraFaults, type CameraOptions, FaultyCamera, WELL } from '#test/simulators/rtsp-camera/camera.ts';
import { type CameraStream, pictures } from '#test/simulators/rtsp-camera/stream.ts';
import { CameraClock } from './camera-clock.ts';
import { type PlayOptions, playRtsp } from './play.ts';

const CREDENTIALS = { user: 'lectern', password: 'p-ss.word' };
let stream: CameraStream;
let stop = new AbortController();

beforeAll(async () => {
  stream = await pictures({ width: 320, height: 180 });
});

afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

interface Received {
  packets: number;
  reports: number;
  readonly clock: CameraClock;
}

function play(camera: FaultyCamera, how: Partial<PlayOptions> = {}): { received: Received; playing: Promise<void> } {
  const received: Received = { packets: 0, reports: 0, clock: new CameraClock(90_000) };
  const taker: PlayOptions['taker'] = () => ({
    highestSequence: 0,
    onPacket: ({ timestamp }, arrival) => {
      received.packets += 1;
      received.clock.captureUs(timestamp, arrival);
    },
    onSenderReport: (wallUs, rtpTimestamp, arrival) => {
      received.reports += 1;
      received.clock.onSenderReport(wallUs, rtpTimestamp, arrival);
    },
  });
  return { received, playing: playRtsp({ url: camera.url, media: 'video', transport: 'tcp', taker, signal: stop.signal, ...how }) };
}

function open(options: Partial<CameraOptions> = {}): Promise<FaultyCamera> {
  return FaultyCamera.open({ stream, ...options }, stop.signal);
}

it.each(['tcp', 'udp'] as const)('plays by %s, with a password and reports from the camera', async (transport) => {
  const { received, playing } = play(await open({ credentials: CREDENTIALS }), { transport });
  await vi.waitFor(() => expect(received.reports).toBeGreaterThan(1), 10_000);
  expect(received.packets).toBeGreaterThan(10);
  expect(received.clock.isCameras).toBe(true);
  stop.abort();
  await playing;
});

it('does not believe a clock that is an hour off', async () => {
  const { received, playing } = play(await open({ clockOffsetMs: 3_600_000 }));
  await vi.waitFor(() => expect(received.reports).toBeGreaterThan(1), 10_000);
  expect(received.clock.isCameras).toBe(false);
  stop.abort();
  await playing;
});

it.each<[string, Partial<CameraFaults>, Partial<PlayOptions>, RegExp]>([
  ['describes itself in nonsense', { badDescription: true }, {}, /offers no picture/],
  ['answers a byte at a time', { slow: true }, {}, /did not answer OPTIONS/],
  ['has no microphone', {}, { media: 'sound' }, /offers no sound/],
])('gives up on a camera that %s, in words that help', async (_what, faults, how, reason) => {
  const camera = await open();
  camera.faults = { ...WELL, ...faults };
  await expect(play(camera, how).playing.catch(reasonOf)).resolves.toMatch(reason);
});

it('waits for a camera that is away, and plays when it is back', async () => {
  const camera = await open();
  await camera.leave();
  let away = 0;
  const { received, playing } = play(camera, { onAway: () => void (away += 1) });
  await vi.waitFor(() => expect(away).toBeGreaterThan(1), 10_000);
  await camera.comeBack();
  await vi.waitFor(() => expect(received.packets).toBeGreaterThan(5), 10_000);
  stop.abort();
  await playing;
});

it('says that the password is wrong, and at once that the connection was reset', async () => {
  const guarded = await open({ credentials: CREDENTIALS });
  await expect(play(guarded, { url: guarded.url.replace('p-ss', 'pass') }).playing).rejects.toThrow(/401.*user name and password/);
  const camera = await open();
  const { received, playing } = play(camera);
  playing.catch(() => undefined);
  await vi.waitFor(() => expect(received.packets).toBeGreaterThan(5), 10_000);
  camera.reset();
  await expect(playing).rejects.toThrow(/connection to the device ended/);
});
