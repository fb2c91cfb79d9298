import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { monotonicUs } from '#kit/media/clock.ts';
import type { FramingRequest } from '../../contract/cameras.ts';
import type { CameraCapabilities, CameraStatus, Velocity } from '../ptz-camera.ts';
import { FramingOperator } from './framing-operator.ts';
import type { FromWatcher } from './protocol.ts';
import type { Watching } from './watcher.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const STILL = { pan: 0, tilt: 0, zoom: 0 };

/** Sees one person, or nobody, as often as it is asked to. */
class Seer implements Watching {
  person: { head: { x: number; y: number }; size: number; score: number } | null = { head: { x: 0.8, y: 0.41 }, size: 0.16, score: 0.9 };
  says: 'looked' | 'blind' = 'looked';
  everyMs: number | null = null;
  lives = 0;
  readonly #heard: (message: FromWatcher) => void;

  constructor(heard: (message: FromWatcher) => void) {
    this.#heard = heard;
  }

  pace(everyMs: number | null): void {
    this.everyMs = everyMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.lives += 1;
    this.#heard({ type: 'ready', detector: 'movenet', problem: '' });
    const timer = setInterval(() => this.#look(), 50);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    clearInterval(timer);
  }

  #look(): void {
    if (this.everyMs === null) return;
    this.#heard(this.says === 'blind' ? { type: 'blind' } : { type: 'looked', arrivedUs: monotonicUs(), person: this.person, cpuMs: 1 });
  }
}

let halt = new AbortController();
let ended: Promise<void> = Promise.resolve();

afterEach(async () => {
  halt.abort();
  await ended;
});

test('the operator follows, gives way to a touch and to the class, shows the whole room when nobody is there, and says what it does', async () => {
  const driven: Velocity[] = [];
  const load = { lateMs: 0, droppedFrames: 0, waitingFrames: 0 };
  const status: CameraStatus = { link: 'ok', panDeg: 0, tiltDeg: 0, zoom: 3, moving: false, advice: '' };
  const capabilities: Pick<CameraCapabilities, 'fullSpeed' | 'fieldOfViewDeg'> = { fullSpeed: null, fieldOfViewDeg: 60 };
  let taken = false;
  let watched = false;
  const memory: { asked: FramingRequest | null } = { asked: null };
  let seer: Seer | undefined;
  const create = () => new FramingOperator({
    camera: 'camera', log: pino({ level: 'silent' }), latencyMs: () => 100, load: () => load, aspect: 16 / 9, fieldOfViewDeg: undefined, handBackMs: 1_500, zone: undefined,
    wide: undefined, memory: { asked: () => memory.asked, keep: (request) => (memory.asked = request) }, mustStand: () => watched, head: { status: () => status, capabilities: () => capabilities as CameraCapabilities },
    watch: (heard) => (seer = new Seer(heard)),
    drive: (velocity) => {
      if (!taken) driven.push(velocity);
      return !taken;
    },
  });
  let operator = create();
  const sees = seer ?? raise();
  let stop = halt;
  ended = operator.run(stop.signal);
  const restart = async (): Promise<void> => {
    stop.abort();
    await ended;
    stop = new AbortController();
    halt = stop;
    operator = create();
    ended = operator.run(stop.signal);
  };
  expect(operator.state()).toEqual({ mode: 'off', state: 'off', reason: '', zone: null });
  expect(sees.lives).toBe(0);

  operator.frame({ mode: 'follow' });
  await vi.waitFor(() => expect(driven.at(-1)?.pan).toBeGreaterThan(0), WAIT);
  expect(operator.state()).toEqual({ mode: 'follow', state: 'following', reason: '', zone: null });

  operator.touched();
  taken = true;
  expect(driven.at(-1)).toEqual(STILL);
  expect(operator.state().state).toBe('paused-by-touch');
  await vi.waitFor(() => expect(sees.everyMs).toBeNull(), WAIT);
  const whenTouched = driven.length;
  await vi.waitFor(() => expect(operator.state().state).toBe('following'), WAIT);
  expect(driven.length).toBe(whenTouched);
  // A person who drives on without a word to the operator is noticed by the refusal.
  await vi.waitFor(() => expect(operator.state().state).toBe('paused-by-touch'), WAIT);
  taken = false;
  await vi.waitFor(() => expect(driven.at(-1)?.pan).toBeGreaterThan(0), WAIT);

  load.droppedFrames = 1;
  await vi.waitFor(() => expect(operator.state().state).toBe('yielding'), WAIT);
  await vi.waitFor(() => expect(sees.everyMs).toBeNull(), WAIT);
  await vi.waitFor(() => expect(driven.at(-1)).toEqual(STILL), WAIT);

  watched = true;
  await vi.waitFor(() => expect(operator.state().state).toBe('standing-on-air'), WAIT);
  watched = false;

  // Asked for anew, it begins anew.
  operator.frame({ mode: 'off' });
  operator.frame({ mode: 'zone' });
  expect(operator.state().zone?.maxPanDeg).toBeCloseTo(10.9, 0);
  sees.person = null;
  await vi.waitFor(() => expect(operator.state().state).toBe('wide'), WAIT);
  await vi.waitFor(() => expect(driven.at(-1)?.zoom).toBeLessThan(0), WAIT);

  sees.says = 'blind';
  await vi.waitFor(() => expect(operator.state()).toMatchObject({ state: 'unavailable', reason: expect.stringContaining('no picture') as string }), WAIT);
  sees.says = 'looked';
  await vi.waitFor(() => expect(operator.state().state).not.toBe('unavailable'), WAIT);

  // The box is started anew: it goes on in the same part of the room.
  const { zone } = operator.state();
  expect(memory.asked).toEqual({ mode: 'zone', zone });
  await restart();
  expect(operator.state()).toMatchObject({ mode: 'zone', zone });

  operator.frame({ mode: 'off' });
  expect(driven.at(-1)).toEqual(STILL);
  expect(operator.state().state).toBe('off');
  await restart();
  expect(operator.state().mode).toBe('off');
}, 90_000);

function raise(): never {
  throw new Error('nobody was asked to look');
}
