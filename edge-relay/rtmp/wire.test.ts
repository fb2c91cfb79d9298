import { expect, it } from 'vitest';
import { decodeTag, encodeJson, encodeTag, KIND, MessageReader } from './wire.ts';

it('reads messages from chunks cut at every place', () => {
  const bytes = Buffer.concat([
    encodeJson(KIND.opened, 7, { room: 'room-1' }),
    encodeTag(7, { type: 9, timestampMs: 4_000_000_000, data: Buffer.from([1, 2, 3]) }),
  ]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const reader = new MessageReader();
    const [opened, tag, ...more] = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
    expect(opened).toMatchObject({ kind: KIND.opened, session: 7 });
    expect(decodeTag(tag?.body ?? Buffer.alloc(5))).toEqual({ type: 9, timestampMs: 4_000_000_000, data: Buffer.from([1, 2, 3]) });
    expect(more).toEqual([]);
  }
});

it('refuses what is no message', () => {
  expect(() => new MessageReader().push(Buffer.alloc(9, 0xff))).toThrow('no message');
  expect(() => new MessageReader().push(Buffer.alloc(9))).toThrow('no message');
});
