import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { IndexLine } from '#cloud-sync/contract/recording-folder.ts';
import { monotonicUs } from '#kit/media/clock.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { createLog } from '#kit/process/log.ts';
import { keptOf, redactionOf, spanOf } from '../recorder/erase.ts';
import { PausedTracks } from '../recorder/paused-tracks.ts';
import type { CaptureOptions } from '../sources/capture-source.ts';
import { ProgramClock } from './program-clock.ts';
import { RoomSources } from './room-sources.ts';

const HOUR_MS = 3_600_000;
const SECOND_US = 1_000_000;
const log = createLog('test');
log.level = 'silent';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'hrtime'], now: 1_762_074_000_000 }));
afterEach(() => void vi.useRealTimers());

const nowUs = (): number => Date.now() * 1000;

/** A room whose one source has a track of its own, as the pipeline puts it together; what it captures is played. */
function roomInClass() {
  const clock = new ProgramClock();
  const stamped: number[] = [];
  let opened: CaptureOptions | null = null;
  const sources = new RoomSources({
    sources: [{ id: 'laptop', name: 'Laptop', kind: 'share', url: 'share:', isolated: true }],
    program: { width: 320, height: 180, fps: 25, renditions: [], x264Preset: 'ultrafast' }, runDir: '/nowhere', tellGate: () => undefined, log,
    wallUs: (us) => clock.wallUs(us),
    openShare: (options) => {
      opened = options;
      return { run: () => Promise.resolve(), reported: () => undefined };
    },
  });
  sources.tracks()[0]?.bus.attach({ name: 'times', write: ({ captureUs }) => void stamped.push(captureUs) });
  const beginGate = (): void => {
    clock.begin(nowUs(), sources.hasSoundCapture);
    sources.introduce();
  };
  /** What is in the room at this instant, stamped as every capture stamps it. */
  const capture = (): number => {
    const { news, wallUs } = opened ?? expect.fail('nothing was opened');
    news.packet?.({ kind: 'video', codec: 'h264', layer: 'laptop', captureUs: wallUs(monotonicUs()), durationUs: SECOND_US, keyframe: true, data: Buffer.alloc(0) });
    return stamped.at(-1) ?? 0;
  };
  beginGate();
  sources.setSoundCapture(true);
  const restartGate = (): void => {
    clock.end();
    beginGate();
  };
  return { clock, capture, restartGate };
}

/** A second after the other goes into the track, the clock leaping and the gate ending after the fifth. */
function lessonWithLeap(leapMs: number) {
  const room = roomInClass();
  const times: number[] = [];
  for (let second = 0; second < 60; second += 1) {
    times.push(room.capture());
    vi.advanceTimersByTime(1_000);
    if (second !== 5) continue;
    vi.setSystemTime(Date.now() + leapMs);
    room.restartGate();
  }
  return { ...room, times };
}

const linesOf = (times: readonly number[]): IndexLine[] => times.map((captureUs) => ({ kind: 'fragment', offset: 0, bytes: 1, sha256: '', captureUs, durationUs: SECOND_US }));

it.each([HOUR_MS, -HOUR_MS])('a source’s own track goes on in the program’s time when the clock leaps by %i ms in a class and the gate is restarted', (leapMs) => {
  const { clock, times } = lessonWithLeap(leapMs);
  expect(times.map((us) => us - (times[0] ?? 0))).toEqual(times.map((_us, second) => second * SECOND_US));
  expect((clock.nowUs ?? 0) - (times.at(-1) ?? 0)).toBe(SECOND_US);
});

it.each([HOUR_MS, -HOUR_MS])('so that what is erased then is erased from it too, and no more, after a leap by %i ms', (leapMs) => {
  const { clock, times } = lessonWithLeap(leapMs);
  const kept = keptOf(linesOf(times), spanOf(redactionOf(clock.nowUs ?? 0, 30)));
  expect(kept).toHaveLength(30);
});

it.each([HOUR_MS, -HOUR_MS])('and so that a pause holds it back, after a leap by %i ms', (leapMs) => {
  const { clock, capture } = lessonWithLeap(leapMs);
  const paused = new PausedTracks();
  const packet = (): VideoPacket => ({ kind: 'video', codec: 'h264', layer: 'laptop', captureUs: capture(), durationUs: SECOND_US, keyframe: true, data: Buffer.alloc(0) });
  const admitted = [true, false].map((isPaused) => {
    paused.set(isPaused, clock.nowUs ?? 0);
    vi.advanceTimersByTime(1_000);
    return paused.admits('laptop', packet());
  });
  expect(admitted).toEqual([false, true]);
});
