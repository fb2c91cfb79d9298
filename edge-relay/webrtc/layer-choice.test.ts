import { expect, it } from 'vitest';
import type { PeerStats } from '#kit/webrtc/types.ts';
import type { Layer } from '../rooms/layers.ts';
import { LayerChoice, type OnOffer } from './layer-choice.ts';

const NOW = 1_000_000;
const KBPS: Record<string, number> = { '1080p': 4_500, '720p': 2_000, '360p': 400 };
const layers = Object.keys(KBPS).map((id, index) => ({ id, width: 1920 / (index + 1), height: 1080 / (index + 1) }) as Layer);
const OFFER: OnOffer = { layers, kbpsOf: (layer) => KBPS[layer] ?? 0, soundKbps: 90 };
const way = (kbps: number, more: Partial<NonNullable<PeerStats['way']>> = {}): NonNullable<PeerStats['way']> => ({ bps: kbps * 1000, limited: true, lossShare: 0, queueMs: 0, ...more });

function after(wanted: string | null, ...ways: NonNullable<PeerStats['way']>[]): string | null {
  const choice = new LayerChoice(wanted);
  for (const [index, each] of ways.entries()) choice.decide(each, OFFER, NOW + index * 100);
  return choice.target(layers)?.id ?? null;
}

it.each([
  ['the largest, while nothing is known', null, [], '1080p'],
  ['the one that was asked for', '720p', [], '720p'],
  ['the largest, where the one asked for does not exist', '4k', [], '1080p'],
  ['the largest that fits, not all of them together', null, [way(2_500)], '720p'],
  ['the smallest, even where it hardly fits', null, [way(500)], '360p'],
  ['nothing larger than was asked for, whatever would fit', '720p', [way(500), way(9_000)], '720p'],
  ['one step at a time back up', null, [way(500), way(9_000)], '720p'],
  ['all the way back', null, [way(500), way(9_000), way(9_000)], '1080p'],
] as const)('gives %s', (_what, wanted, ways, expected) => {
  expect(after(wanted, ...ways)).toBe(expected);
});

it('gives sound alone where not even half the smallest picture gets through for three seconds', () => {
  const choice = new LayerChoice(null);
  for (let ms = 0; ms <= 3_300; ms += 100) choice.decide(way(150), OFFER, NOW + ms);
  expect(choice.target(layers)).toBeNull();
  choice.decide(way(600), OFFER, NOW + 3_400);
  expect(choice.target(layers)?.id).toBe('360p');
});

it('lets a queue run dry, not again within four seconds, and not the one that a probe left', () => {
  const choice = new LayerChoice(null);
  const full = way(500, { queueMs: 800 });
  expect([0, 100, 3_900].map((ms) => choice.decide(full, OFFER, NOW + ms).drains)).toEqual([true, false, false]);
  // At 3,900 ms a probe went out.
  expect([4_100, 5_500].map((ms) => choice.decide(full, OFFER, NOW + ms).drains)).toEqual([false, true]);
});

it('lets a shorter queue run dry only with a step down', () => {
  const choice = new LayerChoice(null);
  expect([0, 5_000].map((ms) => choice.decide(way(500, { queueMs: 300 }), OFFER, NOW + ms).drains)).toEqual([true, false]);
});

it('has its way watched from the first step down to the last one up', () => {
  const choice = new LayerChoice(null);
  const steps = [way(9_000), way(500), way(9_000), way(9_000)].map((each, index) => {
    choice.decide(each, OFFER, NOW + index * 100);
    return choice.isLowered;
  });
  expect(steps).toEqual([false, true, true, false]);
});

it('tries the next step where nobody tells of probes', () => {
  const choice = new LayerChoice(null);
  choice.decide(way(500), OFFER, NOW);
  choice.tryMore(NOW + 5_000);
  expect(choice.target(layers)?.id).toBe('720p');
});

it('gives what there is when the layers change', () => {
  const choice = new LayerChoice(null);
  choice.decide(way(2_500), OFFER, NOW);
  expect([layers.slice(2), layers.slice(1), []].map((some) => choice.target(some)?.id)).toEqual(['360p', '720p', undefined]);
});

it('leaves who was brought down where they are while the publisher sends no more than that, and when it sends all again', () => {
  const choice = new LayerChoice(null);
  const smallest = { ...OFFER, layers: layers.slice(2) };
  choice.decide(way(600), OFFER, NOW);
  for (const ms of [1_000, 5_000]) choice.decide(way(600), smallest, NOW + ms);
  expect([choice.target(layers)?.id, choice.isLowered]).toEqual(['360p', true]);
  choice.decide(way(600), OFFER, NOW + 6_000);
  expect(choice.target(layers)?.id).toBe('360p');
  choice.decide(way(9_000), OFFER, NOW + 7_000);
  expect(choice.target(layers)?.id).toBe('720p');
});

it('takes the only layer of another publisher for all there is, once the others had time to come', () => {
  const choice = new LayerChoice(null);
  const largest = layers.slice(0, 1);
  const lowered = [0, 5_000, 10_000].map((ms) => {
    choice.decide(way(2_500), ms === 0 ? OFFER : { ...OFFER, layers: largest }, NOW + ms);
    if (ms === 0) choice.publisherChanged(NOW + 1_000);
    return [choice.target(largest)?.id, choice.isLowered];
  });
  expect(lowered).toEqual([['1080p', true], ['1080p', true], ['1080p', false]]);
  expect(choice.target(layers)?.id).toBe('1080p');
});

it('keeps who was brought down there where the first of another publisher\'s layers came a moment before the others', () => {
  const choice = new LayerChoice(null);
  choice.decide(way(600), OFFER, NOW);
  choice.publisherChanged(NOW + 1_000);
  const targets = [1_500, 1_600, 6_000, 6_100].map((ms) => {
    choice.decide(way(600), ms === 1_500 ? { ...OFFER, layers: layers.slice(0, 1) } : OFFER, NOW + ms);
    return choice.target(layers)?.id;
  });
  expect(new Set(targets)).toEqual(new Set(['360p']));
});

it('moves nobody up to a layer before it is known what that takes', () => {
  const choice = new LayerChoice(null);
  choice.decide(way(600), OFFER, NOW);
  const begun = { ...OFFER, kbpsOf: (layer: string) => (layer === '360p' ? 400 : null) };
  expect(choice.decide(way(600), begun, NOW + 5_000).probeKbps).toBeNull();
  expect(choice.target(layers)?.id).toBe('360p');
  choice.decide(way(9_000), OFFER, NOW + 6_000);
  expect(choice.target(layers)?.id).toBe('720p');
});
