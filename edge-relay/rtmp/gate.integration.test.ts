import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answerOf, beginPublish, ChunkReader, ChunkWriter, helloOf, nextPublish, NOISE_BYTES, publishTarget } from '#kit/media/rtmp.ts';
import { Gate, type GateEvents } from './gate.ts';
import { silenceNms } from './nms.ts';

const VIDEO = 9;
const TARGET = publishTarget('rtmp://edge/live/room-1?key=k') ?? { app: '', tcUrl: '', stream: '' };

let server: Server;
let tags: { readonly type: number; readonly timestampMs: number }[];

beforeEach(async () => {
  silenceNms();
  tags = [];
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  vi.useRealTimers();
  server.close();
});

/** The far end of a gated connection. */
async function knock(admit: GateEvents['admit'] = () => undefined): Promise<{ readonly far: Socket; readonly gate: Gate }> {
  const address = server.address();
  const accepted = once(server, 'connection');
  const far = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  far.on('error', () => undefined);
  const [[near]] = (await Promise.all([accepted, once(far, 'connect')])) as [[Socket], unknown];
  return { far, gate: new Gate(near, { admit, tag: (tag) => void tags.push(tag), closed: () => undefined, play: () => undefined }) };
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
  const gone = once(far, 'close');
  for (let second = 0; second < 9; second += 3) {
    far.write(Buffer.from([3]));
    vi.advanceTimersByTime(3_000);
  }
  expect([gate.waiting, far.readyState]).toEqual([true, 'open']);
  vi.advanceTimersByTime(1_000);
  expect(gate.waiting).toBe(false);
  await gone;
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
