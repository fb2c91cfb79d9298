import { describe, expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { SoundInput } from './sound-input.ts';
import type { Stereo } from './resampler.ts';

const PACKET = 960;

/** A microphone whose packets of 20 ms reach the gate, and the gate's ticks of 20 ms; both on one clock that is moved by hand. */
class Bench {
  readonly clock = manualClock(1_000_000);
  readonly input = new SoundInput(() => this.clock.nowMs());
  readonly block: Stereo = { left: new Float32Array(PACKET), right: new Float32Array(PACKET) };
  readonly heard: Float32Array[] = [];
  readonly perMs: number;
  sent = 0;
  atMs = 0;

  constructor(driftPpm = 0) {
    this.perMs = 48 * (1 + driftPpm / 1e6);
    this.input.setHold(80);
  }

  /** `value` gives sample number n; null is a packet that does not come, a number of ms one that comes late. */
  run(ms: number, value: (sample: number) => number, delayMs: (packet: number) => number | null = () => 0): void {
    const end = this.atMs + ms;
    for (; this.atMs < end; this.atMs += 4) {
      while (this.#isDue(delayMs)) this.#send(value);
      if (this.atMs % 20 === 0) {
        this.input.tick(this.block, this.clock.nowMs());
        this.heard.push(this.block.left.slice());
      }
      this.clock.advanceMs(4);
    }
  }

  #isDue(delayMs: (packet: number) => number | null): boolean {
    const delay = delayMs(this.sent);
    return delay !== null && ((this.sent + 1) * PACKET) / this.perMs + delay <= this.atMs;
  }

  #send(value: (sample: number) => number): void {
    const samples = Int16Array.from({ length: PACKET * 2 }, (_, index) => Math.round(value(this.sent * PACKET + (index >> 1)) * 32_767));
    const bytes = new Uint8Array(samples.buffer);
    this.input.room().set(bytes);
    this.input.took(bytes.length);
    this.sent += 1;
  }

  /** The largest step from one sample to the next over everything heard: a click is a large one. */
  largestStep(): number {
    const all = this.heard.flatMap((block) => [...block]);
    return all.reduce((largest, sample, at) => (at === 0 ? 0 : Math.max(largest, Math.abs(sample - (all[at - 1] as number)))), 0);
  }
}

const tone = (sample: number): number => 0.5 * Math.sin((2 * Math.PI * 500 * sample) / 48_000);
/** Of that tone: what one sample differs by from the next at most, and a little. */
const SMOOTH = 0.04;

describe('a microphone', () => {
  it('is heard in its time: what was captured together with the tick, and the hold before', () => {
    const bench = new Bench();
    bench.run(2_000, (sample) => sample / 1_000_000);
    // The block of tick T begins with the sample that arrived, or would have, at T - 80 ms.
    const last = bench.heard.length - 1;
    expect((bench.heard[last]?.[0] ?? 0) * 1_000_000).toBeCloseTo((last * 20 - 80) * 48, -2);
  });

  it.each([200, -200])('%i ppm off keeps its time', (ppm) => {
    const bench = new Bench(ppm);
    let worstMs = 0;
    for (let second = 0; second < 40; second += 1) {
      bench.run(1_000, (sample) => ((sample / bench.perMs) % 8_192) / 16_384);
      bench.heard.splice(0, bench.heard.length - 1);
      const heardMs = (bench.heard[0]?.[0] ?? 0) * 16_384;
      if (second > 2) worstMs = Math.max(worstMs, Math.abs(((heardMs - (bench.atMs - 20 - 80) + 4_096 + 81_920_000) % 8_192) - 4_096));
    }
    expect(worstMs).toBeLessThan(5);
  }, 20_000);

  it('that stalls is silent and failed, and is back at once, without a click', () => {
    const bench = new Bench();
    bench.run(1_000, tone);
    expect(bench.input.isWell()).toBe(true);
    bench.run(1_000, tone, () => null);
    expect(bench.input.isWell()).toBe(false);
    expect(bench.heard.at(-1)?.every((sample) => sample === 0)).toBe(true);
    bench.run(300, tone);
    expect(bench.input.isWell()).toBe(true);
    expect(bench.heard.at(-1)?.some((sample) => sample > 0.4)).toBe(true);
    expect(bench.largestStep()).toBeLessThan(SMOOTH);
  });

  it('whose packets are late now and then is heard without a break', () => {
    const bench = new Bench();
    bench.run(20_000, tone, (packet) => (packet % 7 === 0 ? 38 : packet % 3));
    expect(bench.heard.slice(10).every((block) => block.some((sample) => Math.abs(sample) > 0.4))).toBe(true);
    expect(bench.largestStep()).toBeLessThan(SMOOTH);
  });

  it('moves to another hold without a click', () => {
    const bench = new Bench();
    bench.run(1_000, tone);
    bench.input.setHold(380);
    bench.run(1_000, tone);
    bench.input.setHold(385);
    bench.run(1_000, tone);
    expect(bench.heard.slice(20).every((block) => block.some((sample) => Math.abs(sample) > 0.2))).toBe(true);
    expect(bench.largestStep()).toBeLessThan(2 * SMOOTH);
  });

  it('that sends nothing but zeros for 10 s has failed', () => {
    const bench = new Bench();
    bench.run(1_000, tone);
    bench.run(9_000, () => 0);
    expect(bench.input.isWell()).toBe(true);
    bench.run(2_000, () => 0);
    expect(bench.input.isWell()).toBe(false);
  });

  it('that is opened for another class has its 10 s again', () => {
    const bench = new Bench();
    bench.run(1_000, tone);
    bench.input.closed();
    bench.clock.advanceMs(3_600_000);
    bench.run(1_000, () => 0);
    expect(bench.input.isWell()).toBe(true);
    bench.run(10_000, () => 0);
    expect(bench.input.isWell()).toBe(false);
  });
});
