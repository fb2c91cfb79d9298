import { expect, it } from 'vitest';
import { releasedBytes, releasedLines } from './index-lines.ts';

const text = (offset: number, bytes: number): string =>
  `${JSON.stringify({ kind: offset === 0 ? 'init' : 'fragment', offset, bytes, sha256: 'x', captureUs: 1, durationUs: 1 })}\n`;
const read = (content: string, at = 0) => releasedLines(Buffer.from(content), at);

it('reads line by line, and goes on where it stopped', () => {
  const first = read(text(0, 10) + text(10, 5));
  expect([releasedBytes(first.lines), first.consumed]).toEqual([15, (text(0, 10) + text(10, 5)).length]);
  expect(releasedBytes(read(text(15, 7), 15).lines)).toBe(22);
});

it.each([
  ['a torn last line', text(0, 10) + text(10, 5).slice(0, -8)],
  ['a line without its line feed', text(0, 10) + text(10, 5).trimEnd()],
  ['a damaged line', `${text(0, 10)}{"kind":"fragm\n${text(10, 5)}`],
  ['a line of another shape', `${text(0, 10)}{"offset":10,"bytes":5}\n`],
  ['a hole', text(0, 10) + text(12, 5)],
  ['an empty fragment', text(0, 10) + text(10, 0)],
])('releases nothing from %s on', (_what, content) => {
  const { lines, consumed } = read(content);
  expect([releasedBytes(lines), consumed]).toEqual([10, text(0, 10).length]);
});

it('releases nothing of an empty index', () => {
  expect(releasedBytes(read('').lines)).toBe(0);
});
