import { describe, expect, test } from 'vitest';
import { lineOf, quantile, sentenceOf, type Measured } from './report.ts';

const measured: Measured = {
  case: 'webrtc',
  unit: 'ms',
  raw: [120, 100, 140, 110, 130],
  baseline: { name: 'the camera itself', command: 'ffmpeg -i rtsp://…', raw: [40, 60, 50] },
  promise: { median: 350 },
};

describe('a benchmark’s line', () => {
  test('keeps the raw figures and compares medians', () => {
    const line = JSON.parse(lineOf('glass-to-glass', measured, new Date(0))) as Record<string, unknown>;
    expect(line).toMatchObject({
      bench: 'glass-to-glass', case: 'webrtc', unit: 'ms', runs: 5, median: 120, p95: 140, raw: [120, 100, 140, 110, 130],
      baseline: { name: 'the camera itself', command: 'ffmpeg -i rtsp://…', median: 50 }, ratio: 2.4, at: '1970-01-01T00:00:00.000Z',
    });
    expect(line['machine']).toMatchObject({ node: process.version });
  });

  test('says in words whether the promise is kept', () => {
    expect(sentenceOf('glass-to-glass', measured)).toContain('at most 350 ms: kept');
    expect(sentenceOf('box', { ...measured, promise: { ratio: 1.7 } })).toContain('NOT KEPT');
  });
});

test.each([
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.5, 2],
  [[1, 2, 3, 4, 5], 0.95, 5],
  [[7], 0.95, 7],
])('of %j the quantile %d is %d', (values, fraction, expected) => {
  expect(quantile(values, fraction)).toBe(expected);
});
