import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answerOf, beginPublish, ChunkReader, ChunkWriter, helloOf, nextPublish, NOISE_BYTES, publishTarget } from '#kit/media/rtmp.ts';
import { CodedError } from '#kit/process/errors.ts';
import { Gate, type GateEvents } from './gate.ts';
import { silenceNms } from './nms.ts';
import type { RtmpPlayer } from './player.ts';
import { commandOf, playing, publishing } from './testing/says.ts';

const VIDEO = 9;
const FRAME = { type: VIDEO, timestampMs: 0, data: Buffer.alloc(64 * 1024) };
const TARGET = publishTarget('rtmp://edge/live/room-1?key=k') ?? { app: '', tcUrl: '', stream: '' };

let server: Server;
let tags: { readonly type: number; readonly timestampMs: number }[];
/** Publishers that are gone. */
let gone: number;

beforeEach(async () => {
  silenceNms();
  tags = [];
  gone = 0;
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  vi.useRealTimers();
  server.close();
});

interface Knock {
  readonly far: Socket;
  readonly near: Socket;
  readonly gate: Gate;
  /** Who asked to play, null until then. */
  readonly player: () => RtmpPlayer | null;
}

/** The far end of a gated connection. */
async function knock(admit: GateEvents['admit'] = () => undefined): Promise<Knock> {
  const address = server.address();
  const accepted = once(server, 'connection');
  const far = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  far.on('error', () => undefined);
  const [[near]] = (await Promise.all([accepted, once(far, 'connect')])) as [[Socket], unknown];
  let player: RtmpPlayer | null = null;
  const gate = new Gate(near, { admit, tag: (tag) => void tags.push(tag), closed: () => (gone += 1), play: (_room, _query, asked) => (player = asked) });
  return { far, near, gate, player: () => player };
}

/** A player that was let in and then given more than its network takes. */
async function stalled(): Promise<Knock & { readonly give: () => boolean }> {
  const all = await knock();
  all.far.pause().write(playing('room-1?token=t'));
  const player = await vi.waitUntil(all.player, { timeout: 10_000 });
  player.begin();
  const give = (): boolean => player.tag(FRAME);
  for (let turn = 0; give() || all.near.writableLength < FRAME.data.length; turn += 1) {
    expect(turn).toBeLessThan(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...all, give };
}

/** Says what an encoder says until it may send. Resolves with the stream that it was given. */
async function publish(far: Socket): Promise<number> {
  const [reader, writer] = [new ChunkReader(), new ChunkWriter()];
  far.write(helloOf(Buffer.alloc(NOISE_BYTES, 1)));
  let received = Buffer.alloc(0);
  let greeted = false;
  let { state, send } = beginPublish(TARGET);
  for await (const chunk of far.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    const greeting = greeted ? null : answerOf(received);
    if (!greeted && greeting === null) continue;
    if (greeting !== null) far.write(Buffer.concat([greeting.answer, ...send.map((message) => writer.write(message))]));
    const messages = reader.push(greeting?.rest ?? received);
    greeted = true;
    received = Buffer.alloc(0);
    for (const message of messages) {
      ({ state, send } = nextPublish(state, message, TARGET));
      for (const answer of send) far.write(writer.write(answer));
      if (state.kind === 'publishing') return state.streamId;
    }
  }
  throw new Error('the connection was closed');
}

it('waits ten seconds for a key, however often a byte comes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, gate } = await knock();
  far.resume();
  const hungUp = once(far, 'close');
  for (let second = 0; second < 9; second += 3) {
    far.write(Buffer.from([3]));
    vi.advanceTimersByTime(3_000);
  }
  expect([gate.waiting, far.readyState]).toEqual([true, 'open']);
  vi.advanceTimersByTime(1_000);
  expect(gate.waiting).toBe(false);
  await hungUp;
});

it('has no such limit for who has shown one, nor for who is gone', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, gate } = await knock();
  await publish(far);
  expect([gate.waiting, vi.getTimerCount()]).toEqual([false, 0]);
  far.destroy();
  const other = await knock();
  expect(vi.getTimerCount()).toBe(1);
  other.far.destroy();
  await expect.poll(() => other.gate.waiting).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

it('goes on where an encoder\'s time passes 32 bits', async () => {
  const { far } = await knock();
  const streamId = await publish(far);
  const first = new ChunkWriter().write({ type: VIDEO, streamId, timestampMs: 2 ** 32 - 30, payload: Buffer.from([0x17, 1]) });
  // Format 1, on the channel of the message before: 40 ms later, two bytes of picture.
  const next = Buffer.from([0x45, 0, 0, 40, 0, 0, 2, VIDEO, 0x27, 1]);
  far.write(Buffer.concat([first, next, next]));
  await expect.poll(() => tags.map(({ timestampMs }) => timestampMs)).toEqual([2 ** 32 - 30, 10, 50]);
  far.destroy();
});

it('cuts off a player that takes nothing for ten seconds, whatever it says meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, near, gate } = await stalled();
  vi.advanceTimersByTime(9_000);
  far.write(commandOf(0, 'createStream', 9, null));
  expect([near.destroyed, gate.isKnown, gate.isPlayer]).toEqual([false, true, true]);
  vi.advanceTimersByTime(1_000);
  expect([near.destroyed, vi.getTimerCount()]).toEqual([true, 0]);
  far.destroy();
});

it('keeps a player that takes what it is given after all', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, near } = await stalled();
  vi.advanceTimersByTime(9_000);
  const drained = once(near, 'drain');
  far.resume();
  await drained;
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(near.destroyed).toBe(false);
  far.destroy();
});

it.each<[string, (player: RtmpPlayer) => void]>([
  ['has ended', (player) => player.end()],
  ['is not for it any more', (player) => player.refuse('The ticket is gone.')],
])('waits ten seconds for a player that takes nothing, and no longer, when the class %s', async (_what, over) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, near, player } = await stalled();
  const asked = player();
  if (asked !== null) over(asked);
  vi.advanceTimersByTime(9_000);
  expect(near.destroyed).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect([near.destroyed, vi.getTimerCount()]).toEqual([true, 0]);
  far.destroy();
});

it('cuts off who has hung up and takes nothing of the answers', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, near } = await knock();
  far.pause().end();
  near.write(Buffer.alloc(32 * 1024 * 1024));
  await expect.poll(() => near.readableEnded).toBe(true);
  vi.advanceTimersByTime(19_000);
  expect(near.destroyed).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect([near.destroyed, vi.getTimerCount()]).toEqual([true, 0]);
  far.destroy();
});

it('counts who was refused as unknown for as long as the connection lasts', async () => {
  const { far, gate } = await knock(() => {
    throw new CodedError('key_needed', 'Publishing needs a key.');
  });
  far.pause().write(publishing('room-1'));
  await expect.poll(() => gate.waiting).toBe(false);
  expect([gate.isKnown, gate.isPlayer]).toEqual([false, false]);
  far.destroy();
});

it('keeps no answers for an encoder that reads none', async () => {
  const { far, near } = await knock();
  await publish(far);
  far.pause();
  const questions = Buffer.concat(Array.from({ length: 1_000 }, () => commandOf(0, 'createStream', 9, null)));
  let most = 0;
  await vi.waitUntil(() => {
    if (far.writable && far.writableLength === 0) far.write(questions);
    most = Math.max(most, near.writableLength);
    return near.destroyed;
  }, { timeout: 20_000, interval: 1 });
  expect(most).toBeLessThan(4 * 1024 * 1024);
  far.destroy();
});

it('leaves an encoder that was sending the time to read why it must stop', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { far, near, gate } = await knock();
  const streamId = await publish(far);
  let told = '';
  far.on('data', (chunk: Buffer) => (told += chunk.toString('latin1'))).resume();
  gate.refuse('No B-frames, please.');
  gate.refuse('Something else.');
  far.write(new ChunkWriter().write({ ...FRAME, streamId, payload: FRAME.data }));
  await vi.waitUntil(() => told.includes('No B-frames, please.'), { timeout: 10_000, interval: 1 });
  vi.advanceTimersByTime(4_000);
  expect([near.writable, told.includes('Something else'), tags, gone]).toEqual([true, false, [], 1]);
  vi.advanceTimersByTime(1_000);
  await expect.poll(() => near.destroyed).toBe(true);
  expect([vi.getTimerCount(), gone]).toEqual([0, 1]);
  far.destroy();
});
