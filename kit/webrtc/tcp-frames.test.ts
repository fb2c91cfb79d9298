import { expect, test } from 'vitest';
import { FrameReader, framed } from './tcp-frames.ts';

const packets = [Buffer.from('one'), Buffer.alloc(1300, 7), Buffer.from('x')];
const stream = Buffer.concat([...packets.map(framed), Buffer.from([0, 0])]);

test.each([1, 2, 3, 700, 5000])('packets come out whole however the stream is cut: %i bytes at a time', (size) => {
  const reader = new FrameReader();
  const read: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) read.push(...(reader.push(stream.subarray(at, at + size)) ?? []).map((frame) => Buffer.from(frame)));
  expect(read).toEqual(packets);
});

test('a stream of something else is told', () => {
  expect(new FrameReader().push(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual(null);
});
