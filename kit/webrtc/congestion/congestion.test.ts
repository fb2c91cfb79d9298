import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../testing/random.ts';
import { LinkModel, type LinkOptions } from '../testing/link-model.ts';
import { buildTransportFeedback, parseRtcp } from '../rtcp/packet.ts';
import { Arrivals } from './arrivals.ts';
import { Departures } from './departures.ts';
import { SendControl } from './send-control.ts';

const PACKET = 1200;

/** A sender that sends what it is told to, over a link and back, in fake time: packets every few milliseconds, reports every 50. */
function simulate(options: Partial<LinkOptions> = {}) {
  const link = new LinkModel({ rateBps: 10_000_000, queueMs: 400, delayMs: 20, jitterMs: 0, loss: 0, ...options });
  const random = randomFrom(3);
  const arrivals = new Arrivals();
  let nowMs = 1_000_000;
  const control = new SendControl(() => nowMs);
  const onWay: { atMs: number; act: () => void }[] = [];
  let owed = 0;
  const send = (probe = 0): number => {
    const sequence = control.depart(PACKET, probe);
    const atMs = link.send(PACKET, nowMs);
    if (atMs !== null) onWay.push({ atMs, act: () => arrivals.push(sequence, Math.round(atMs)) });
    return PACKET;
  };
  const report = (): void => {
    const feedback = arrivals.take(nowMs);
    if (feedback === null || random() < link.options.loss) return;
    const [packet] = parseRtcp(buildTransportFeedback(1, 2, feedback, 0));
    if (packet?.type === 'transport-feedback') onWay.push({ atMs: nowMs + 20, act: () => control.onFeedback(packet.feedback) });
  };
  /** Sends for so long at a rate, which may be asked for anew at every step. */
  const run = (seconds: number, bps: number | (() => number)): void => {
    for (const untilMs = nowMs + seconds * 1000; nowMs < untilMs; nowMs += 1) {
      owed += (typeof bps === 'number' ? bps : bps()) / 8000;
      for (; owed >= PACKET; owed -= PACKET) send();
      if (nowMs % 50 === 0) report();
      for (const due of onWay.filter(({ atMs }) => atMs <= nowMs)) due.act();
      for (let index = onWay.length - 1; index >= 0; index -= 1) if ((onWay[index]?.atMs ?? 0) <= nowMs) onWay.splice(index, 1);
    }
  };
  return { link, control, run, send, later: (ms: number) => (nowMs += ms) };
}

describe('the estimate', () => {
  test('is not a limit where the way carries everything', () => {
    const { control, run } = simulate();
    run(20, 3_000_000);
    expect(control.state).toMatchObject({ limited: false, lossShare: 0 });
    expect(control.state.bps).toBeGreaterThan(3_000_000);
  });

  test.each([
    ['5 % loss', { loss: 0.05 }],
    ['100 ms of jitter, which reorders', { jitterMs: 100 }],
    ['both', { loss: 0.05, jitterMs: 100 }],
  ])('does not mistake %s for too much', (_what, options) => {
    const { control, run } = simulate(options);
    run(60, 3_000_000);
    expect(control.state.limited).toBe(false);
    expect(control.state.lossShare).toBeLessThan(0.1);
  });

  test.each([
    ['a long queue', { queueMs: 2000 }],
    ['hardly any queue', { queueMs: 30 }],
    ['loss and jitter besides', { queueMs: 500, loss: 0.03, jitterMs: 60 }],
  ])('finds 800 kbps within a second of the cut, behind %s', (_what, options) => {
    const { link, control, run } = simulate(options);
    run(10, 3_000_000);
    link.options.rateBps = 800_000;
    run(1.2, 3_000_000);
    expect(control.state.limited).toBe(true);
    expect(control.state.bps).toBeGreaterThan(400_000);
    expect(control.state.bps).toBeLessThan(900_000);
  });

  test('follows 3 Mbps to 800 kbps and back, never far above what the way carries', () => {
    const { link, control, run } = simulate({ rateBps: 3_000_000 });
    const wanted = (): number => (control.state.limited ? Math.min(2_800_000, control.state.bps) : 2_800_000);
    run(10, wanted);
    link.options.rateBps = 800_000;
    run(3, wanted);
    for (let second = 0; second < 20; second += 1) {
      run(1, wanted);
      expect(control.state.bps).toBeLessThan(1_300_000);
      expect(control.state.bps).toBeGreaterThan(350_000);
    }
    link.options.rateBps = 3_000_000;
    run(30, wanted);
    expect(control.state.bps).toBeGreaterThan(2_000_000);
  });

  test('settles below a queue that stands, so that it drains', () => {
    const { link, control, run } = simulate({ queueMs: 3000 });
    run(5, 3_000_000);
    link.options.rateBps = 1_000_000;
    run(30, () => (control.state.limited ? Math.min(3_000_000, control.state.bps) : 3_000_000));
    expect(control.state.queueMs).toBeLessThan(250);
  });
});

describe('what is counted', () => {
  test('a report that is lost does not look like lost packets, nor do packets in the wrong order', () => {
    const [departures, arrivals] = [new Departures(), new Arrivals()];
    const numbers = Array.from({ length: 20 }, (_, index) => departures.depart(PACKET, 1000 + index * 10));
    for (const at of [...numbers.slice(0, 10), ...numbers.slice(10).toReversed()].filter((number) => number !== 4)) arrivals.push(at, 2000 + at);
    arrivals.take(2100); // this report gets lost
    arrivals.push(4, 2110);
    const feedback = arrivals.take(2120);
    expect(feedback === null ? [] : departures.acknowledge(feedback)).toHaveLength(20);
    expect(departures.settle(0)).toMatchObject({ sent: 19, lost: 0, deliveredBytes: 19 * PACKET });
  });

  test('numbers go round, and a number is counted once', () => {
    const [departures, arrivals] = [new Departures(), new Arrivals()];
    let delivered = 0;
    for (let packet = 0; packet < 70_000; packet += 1) {
      arrivals.push(departures.depart(PACKET, packet), packet + 5);
      if (packet % 50 !== 49) continue;
      const feedback = arrivals.take(packet + 6);
      if (feedback !== null) delivered += departures.acknowledge(feedback).length;
    }
    expect(delivered).toBe(70_000);
    expect(departures.settle(0).lost).toBe(0);
  });
});
