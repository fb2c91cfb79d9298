import { expect, it } from 'vitest';
import { type Amf, decodeAmf, encodeAmf } from './rtmp/amf0.ts';
import { controlMessage, RTMP_TYPE, type RtmpMessage } from './rtmp/message.ts';
import { answerOf, beginPublish, captureEpoch, captureEpochUsOf, ChunkReader, ChunkWriter, helloOf, metadata, nextPublish, NOISE_BYTES, type PublishState, publishTarget } from './rtmp.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const TARGET = { app: 'live', tcUrl: 'rtmp://e/live', stream: 'room-1?key=k' };

it.each<[string, Amf[], string]>([
  ['a number', [1.5], '00 3ff8000000000000'],
  ['truth', [true, false], '01 01 01 00'],
  ['a text', ['live'], '02 0004 6c697665'],
  ['nothing', [null, undefined], '05 06'],
  ['an object', [{ app: 'a' }], '03 0003 617070 02 0001 61 0000 09'],
  ['a list', [['a']], '0a 00000001 02 0001 61'],
])('writes and reads %s as AMF0 has it', (_what, values, bytes) => {
  expect(encodeAmf(...values)).toEqual(hex(bytes));
  expect(decodeAmf(hex(bytes))).toEqual(values);
});

it('reads what servers say besides: an ECMA array, a date', () => {
  expect(decodeAmf(hex('08 00000001 0001 61 01 01 0000 09'))).toEqual([{ a: true }]);
  expect(decodeAmf(hex('0b 3ff0000000000000 0000'))).toEqual([1]);
});

it.each([['a type that is none', '0c'], ['a text cut off', '02 0004 6c'], ['an object without end', '03 0001 61 05'], ['a list of four billion', '0a ffffffff 05'], ['a tower', '03 0001 61'.repeat(20)]])('refuses %s', (_what, bytes) => {
  expect(() => decodeAmf(hex(bytes))).toThrow(/can't be read/);
});

it('writes a message with a full header, cut at the chunk size it announced', () => {
  const writer = new ChunkWriter();
  expect(writer.write({ type: 20, streamId: 1, timestampMs: 5, payload: Buffer.alloc(130, 7) })).toEqual(
    Buffer.concat([hex('03 000005 000082 14 01000000'), Buffer.alloc(128, 7), hex('c3'), Buffer.alloc(2, 7)]),
  );
  expect(writer.begin()).toEqual(hex('02 000000 000004 01 00000000 0000ea60'));
  expect(writer.write({ type: 9, streamId: 1, timestampMs: 0, payload: Buffer.alloc(130, 7) })).toHaveLength(142);
});

it('says times past four hours in the extended field, in every chunk', () => {
  const bytes = new ChunkWriter().write({ type: 8, streamId: 1, timestampMs: 0x01_00_00_00, payload: Buffer.alloc(129, 7) });
  expect(bytes).toEqual(Buffer.concat([hex('04 ffffff 000081 08 01000000 01000000'), Buffer.alloc(128, 7), hex('c4 01000000 07')]));
  expect(new ChunkReader().push(bytes)).toEqual([{ type: 8, streamId: 1, timestampMs: 0x01_00_00_00, payload: Buffer.alloc(129, 7) }]);
});

it('reads chunks cut at every place, of several channels at once, in all four formats', () => {
  const bytes = Buffer.concat([
    hex('02 000000 000004 01 00000000 00000004'), // chunks of four bytes from now on
    hex('03 00000a 000006 14 01000000 01020304'),
    hex('04 000000 000001 04 00000000 ff'),
    hex('c3 0506'),
    hex('43 000005 000002 12 0708'),
    hex('83 000001 090a'),
    hex('c3 0b0c'),
  ]);
  const expected = [[4, 0, 'ff'], [20, 10, '010203040506'], [18, 15, '0708'], [18, 16, '090a'], [18, 17, '0b0c']];
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const reader = new ChunkReader();
    const messages = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
    expect(messages.map(({ type, timestampMs, payload }) => [type, timestampMs, payload.toString('hex')])).toEqual(expected);
  }
});

it.each([
  ['a channel that begins in the middle', 'c3 00'],
  ['a message of 16 MB', '03 000000 ffffff 14 00000000 00'],
  ['chunks of no bytes', '02 000000 000004 01 00000000 00000000'],
])('refuses %s', (_what, bytes) => {
  expect(() => new ChunkReader().push(hex(bytes))).toThrow(/does not speak RTMP/);
});

it('answers a handshake with what the server sent, once it is whole', () => {
  const hello = helloOf(Buffer.alloc(NOISE_BYTES, 9));
  expect([hello.length, hello.subarray(0, 9)]).toEqual([1_537, hex('03 00000000 00000000')]);
  const server = Buffer.concat([hex('03'), Buffer.alloc(1_536, 1), Buffer.alloc(1_536, 2), hex('abcd')]);
  expect(answerOf(server.subarray(0, 3_072))).toBeNull();
  expect(answerOf(server)).toEqual({ answer: Buffer.alloc(1_536, 1), rest: hex('abcd') });
  expect(() => answerOf(hex('48'))).toThrow(/does not speak RTMP/);
});

it.each([
  ['rtmp://e:1935/live/room-1?key=k', { app: 'live', tcUrl: 'rtmp://e:1935/live', stream: 'room-1?key=k' }],
  ['rtmps://e/live/a/b', { app: 'live', tcUrl: 'rtmps://e/live', stream: 'a/b' }],
  ['rtmp://e/live', null],
  ['nonsense', null],
])('finds application and stream in %s', (address, target) => {
  expect(publishTarget(address)).toEqual(target);
});

const says = (...values: readonly Amf[]): RtmpMessage => ({ type: RTMP_TYPE.command, streamId: 0, timestampMs: 0, payload: encodeAmf(...values) });
const names = (messages: readonly RtmpMessage[]): unknown[] => messages.map(({ type, payload }) => (type === RTMP_TYPE.command ? decodeAmf(payload)[0] : type));

it('goes from connect to a published stream', () => {
  let { state, send } = beginPublish(TARGET);
  expect(names(send)).toEqual([RTMP_TYPE.windowSize, 'connect']);
  ({ state, send } = nextPublish(state, says('onBWDone', 0, null), TARGET));
  expect([state.kind, send]).toEqual(['connecting', []]);
  ({ state, send } = nextPublish(state, says('_result', 1, {}, { level: 'status' }), TARGET));
  expect(names(send)).toEqual(['releaseStream', 'FCPublish', 'createStream']);
  ({ state } = nextPublish(state, says('_error', 2, null, {}), TARGET));
  ({ state, send } = nextPublish(state, says('_result', 4, null, 7), TARGET));
  expect(send.map(({ streamId, payload }) => [streamId, ...decodeAmf(payload)])).toEqual([[7, 'publish', 5, null, 'room-1?key=k', 'live']]);
  ({ state } = nextPublish(state, says('onStatus', 0, null, { level: 'status', code: 'NetStream.Publish.Start' }), TARGET));
  expect(state).toEqual({ kind: 'publishing', streamId: 7 });
});

it.each<[string, PublishState, RtmpMessage, string]>([
  ['no to connect', { kind: 'connecting' }, says('_error', 1, null, { code: 'NetConnection.Connect.Rejected' }), 'NetConnection.Connect.Rejected'],
  ['a bad key', { kind: 'asking', streamId: 1 }, says('onStatus', 0, null, { level: 'error', code: 'NetStream.Publish.BadName', description: 'This key is for another room.' }), 'This key is for another room.'],
  ['an end in the middle', { kind: 'publishing', streamId: 1 }, says('onStatus', 0, null, { level: 'error' }), 'it gives no reason'],
])('fails with the server\'s words at %s', (_what, state, message, reason) => {
  expect(nextPublish(state, message, TARGET).state).toEqual({ kind: 'failed', reason });
});

it('answers a ping, and leaves other messages alone', () => {
  const state: PublishState = { kind: 'publishing', streamId: 1 };
  const ping = { type: RTMP_TYPE.userControl, streamId: 0, timestampMs: 0, payload: hex('0006 00000102') };
  expect(nextPublish(state, ping, TARGET)).toEqual({ state, send: [{ ...ping, payload: hex('0007 00000102') }] });
  expect(nextPublish(state, controlMessage(RTMP_TYPE.acknowledgement, 9), TARGET)).toEqual({ state, send: [] });
});

it('carries the time of day of timestamp 0 in the metadata, and finds none in those of others', () => {
  const { payload } = metadata(1, captureEpoch(1_795_000_000_123_456));
  expect(captureEpochUsOf(payload)).toBe(1_795_000_000_123_456);
  expect(captureEpochUsOf(encodeAmf('@setDataFrame', 'onMetaData', { width: 1280 }))).toBeNull();
  expect(captureEpochUsOf(hex('ff00'))).toBeNull();
});
