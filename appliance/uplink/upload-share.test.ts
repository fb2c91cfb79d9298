import { expect, it } from 'vitest';
import { NO_WAY } from './connection.ts';
import { type LineFacts, UploadShare } from './upload-share.ts';

const way = { ...NO_WAY, transport: 'udp', layers: ['1080p', '720p', '360p'], estimateKbps: 9_000, lossPercent: 0.4, rttMs: 40 } as const;
const well: LineFacts = { wanted: true, way, renditions: 3, framesLeftOut: 0 };
const hindered: LineFacts = { ...well, way: { ...way, layers: ['360p'] } };
const nothingSent: LineFacts = { ...well, wanted: false };
const BEGINNING = 125_000;
const LEAST = 8_000;

it.each<[string, LineFacts, number | null]>([
  ['no class runs, or its sending is stopped', nothingSent, null],
  ['every rendition is sent', well, BEGINNING],
  ['a rendition is left out', hindered, LEAST],
  ['packets are lost', { ...well, way: { ...way, lossPercent: 4 } }, LEAST],
  ['packets wait somewhere', { ...well, way: { ...way, rttMs: 700 } }, LEAST],
  ['pictures left too late to be sent', { ...well, framesLeftOut: 3 }, LEAST],
  ['the edge has not been reached yet', { ...well, way: NO_WAY }, BEGINNING],
  ['RTMP carries its one rendition', { ...well, way: { ...NO_WAY, transport: 'tcp', layers: ['1080p'] } }, BEGINNING],
])('%s', (_, facts, expected) => {
  expect(new UploadShare().next(facts, 0)).toBe(expected);
});

it('has the line for itself without a class, little of it at the beginning of one, and more while that goes well', () => {
  const share = new UploadShare();
  expect(share.next(nothingSent, 0)).toBeNull();
  expect([0, 4_999, 5_000, 9_999, 10_000].map((ms) => share.next(well, ms))).toEqual([BEGINNING, BEGINNING, 187_500, 187_500, 281_250]);
  for (let ms = 10_000; ms < 120_000; ms += 250) share.next(well, ms);
  expect(share.next(well, 120_000)).toBe(12_500_000);
  expect(share.next(nothingSent, 120_250)).toBeNull();
});

it('takes no more than at the beginning until the class is sent, and gives way where that breaks off', () => {
  const share = new UploadShare();
  const away: LineFacts = { ...well, way: NO_WAY };
  for (let ms = 0; ms < 60_000; ms += 250) expect(share.next(away, ms)).toBe(BEGINNING);
  expect([share.next(well, 60_000), share.next(well, 65_000), share.next(away, 65_250)]).toEqual([BEGINNING, 187_500, LEAST]);
  expect([share.next(nothingSent, 70_000), share.next(away, 70_250)]).toEqual([null, BEGINNING]);
});

it('gives way at once, and takes its time to come back', () => {
  const share = new UploadShare();
  for (let ms = 0; ms < 60_000; ms += 250) share.next(well, ms);
  expect(share.next(hindered, 60_000)).toBe(LEAST);
  expect(share.next(hindered, 70_000)).toBe(LEAST);
  expect([70_250, 89_999, 90_000, 95_000].map((ms) => share.next(well, ms))).toEqual([LEAST, LEAST, 12_000, 18_000]);
});

it('counts pictures that were left out once, and none of a connection before', () => {
  const share = new UploadShare();
  share.next({ ...well, framesLeftOut: 7 }, 0);
  for (let ms = 250; ms <= 20_000; ms += 250) share.next({ ...well, framesLeftOut: 7 }, ms);
  expect(share.next({ ...well, framesLeftOut: 0 }, 20_250)).toBe(12_000);
});
