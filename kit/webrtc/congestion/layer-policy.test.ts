import { expect, it } from 'vitest';
import { everything, nextLayers, type LayerState } from './layer-policy.ts';

const NOW = 1_000_000;
/** Sound, then 360p, 720p and 1080p besides, all of them sent. */
const NEEDS = [100, 700, 2700, 7200];

it.each([
  ['all, as long as nothing says that it is too much', 3, 500, false, 3],
  ['all, where they fit', 3, 7300, true, 3],
  ['all, in spite of some percent', 3, 7000, true, 3],
  ['two, where three do not fit', 3, 3500, true, 2],
  ['the smallest, where two do not fit', 3, 1500, true, 1],
  ['the smallest, even where it does not quite fit', 3, 500, true, 1],
  ['the smallest for a while, where most of it gets lost', 3, 300, true, 1],
  ['the smallest still, a moment later', 1, 300, true, 1],
  ['no more than before, in doubt', 1, 2800, true, 1],
  ['one more, where there is clearly room', 1, 3000, true, 2],
  ['the picture again, where there is room', 0, 800, true, 1],
] as const)('sends %s', (_what, active, kbps, limited, expected) => {
  const state: LayerState = { ...everything(3), active, probeAtMs: NOW + 1 };
  expect(nextLayers(state, { kbps, limited }, NEEDS, NOW).state.active).toBe(expected);
});

it('gives the picture up for the sound when it has not got through for three seconds', () => {
  const starving: LayerState = { ...everything(3), active: 1, starvedSinceMs: NOW - 2_999 };
  expect(nextLayers(starving, { kbps: 300, limited: true }, NEEDS, NOW).state.active).toBe(1);
  expect(nextLayers(starving, { kbps: 300, limited: true }, NEEDS, NOW + 1).state.active).toBe(0);
});

it('asks for a probe of what the next rendition needs, after a while and ever less often', () => {
  let { state } = nextLayers(everything(3), { kbps: 900, limited: true }, NEEDS, NOW);
  const probes: [atMs: number, kbps: number][] = [];
  for (let nowMs = NOW; nowMs < NOW + 120_000; nowMs += 100) {
    const step = nextLayers(state, { kbps: 900, limited: true }, NEEDS, nowMs);
    state = step.state;
    if (step.probeKbps !== null) probes.push([(nowMs - NOW) / 1000, step.probeKbps]);
  }
  expect(probes.slice(0, 4)).toEqual([[3, 2250], [6, 2250], [10.5, 2250], [17.3, 2250]]);
  expect((probes.at(-1)?.[0] ?? 0) - (probes.at(-2)?.[0] ?? 0)).toBe(30);
});

it('goes on probing at once where a probe came through', () => {
  const state: LayerState = { ...everything(3), active: 1, probeAtMs: NOW + 9_000, probedFromKbps: 900 };
  expect(nextLayers(state, { kbps: 2200, limited: true }, NEEDS, NOW).probeKbps).toBe(3375);
  expect(nextLayers(state, { kbps: 950, limited: true }, NEEDS, NOW).probeKbps).toBeNull();
});

it('waits longer with a rendition that had to be given up soon again, not with one that lasted', () => {
  const low = { kbps: 900, limited: true };
  const raised = (raisedAtMs: number): LayerState => ({ ...everything(3), raisedAtMs, patienceMs: 6_000 });
  expect(nextLayers(raised(NOW - 5_000), low, NEEDS, NOW).state.probeAtMs).toBe(NOW + 12_000);
  expect(nextLayers(raised(NOW - 25_000), low, NEEDS, NOW).state.probeAtMs).toBe(NOW + 3_000);
});
