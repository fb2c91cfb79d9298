import { ChunkWriter, metadata } from '#kit/media/rtmp.ts';
import { type Amf, encodeAmf } from '#kit/media/rtmp/amf0.ts';
import { CodedError } from '#kit/process/errors.ts';
import { bent, noise, pieces, type FuzzTarget } from '#kit/testing/fuzz.ts';
import { below, type Random } from '#kit/testing/random.ts';
import { Gate, type GateEvents } from './gate.ts';
import { silenceNms } from './nms.ts';
import type { RtmpPlayer } from './player.ts';
import { deafSocket } from './testing/deaf-socket.ts';
import { commandOf, connecting, greeting } from './testing/says.ts';

const [STREAM, KEY] = [1, 'k'];
const [SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, WINDOW_SIZE, AUDIO, VIDEO, AMF3_DATA, AMF3_COMMAND, DATA, COMMAND] = [1, 2, 3, 5, 8, 9, 15, 17, 18, 20];
const TYPES = [SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, 4, WINDOW_SIZE, 6, AUDIO, VIDEO, AMF3_DATA, 16, AMF3_COMMAND, DATA, 19, COMMAND, 22];
const MAX_MESSAGE = 4 * 1024 * 1024;
/** An answer is some hundred bytes, its question some ten. */
const MOST_BYTES_FOR_ONE = 20;
const FRAME = { type: VIDEO, timestampMs: 2 ** 25, data: Buffer.alloc(70_000) };
const MOST_FRAMES = 4;
/** With the refusal, and what each frame has around it. */
const MOST_OF_ITS_OWN = MOST_FRAMES * (FRAME.data.length + 100) + 1_000;

const writer = new ChunkWriter();
const PUBLISH = Buffer.concat([connecting(), commandOf(STREAM, 'publish', 3, null, `room-1?key=${KEY}`, 'live')]);
const PLAY = Buffer.concat([connecting(), commandOf(STREAM, 'play', 3, null, 'room-1?token=t')]);
const MEDIA = Buffer.concat([
  writer.write(metadata(STREAM, { width: 320, captureEpochMs: 1e12 })),
  writer.write({ type: VIDEO, streamId: STREAM, timestampMs: 0, payload: Buffer.from('17010000000000000365888400', 'hex') }),
  writer.write({ type: AUDIO, streamId: STREAM, timestampMs: 2 ** 24, payload: Buffer.from('af010102', 'hex') }),
]);

const STRANGE: readonly Amf[] = ['connect', 'createStream', 'publish', 'play', 'deleteStream', '__proto__', 'constructor', '', 1e300, NaN, null, undefined, true, [[]], { app: 'live', tcUrl: 'nonsense' }, { app: 7, tcUrl: 'rtmp://edge/live', objectEncoding: 3 }, `room-1?key=${KEY}`, '?', 'x'.repeat(300)];

/** A command of what commands are made of, in any order. */
function strangeCommand(random: Random): Buffer {
  return encodeAmf(...Array.from({ length: 1 + below(5, random) }, () => STRANGE[below(STRANGE.length, random)]));
}

/** A chunk in any form of its header (RTMP 1.0 section 5.3.1), whether or not what it says is true. */
function strangeChunk(random: Random): Buffer {
  const type = TYPES[below(TYPES.length, random)] ?? COMMAND;
  const payload = type === COMMAND || type === AMF3_COMMAND ? strangeCommand(random) : noise(below(20, random), random);
  const format = below(4, random);
  const [time, length] = [random() < 0.2 ? 0xff_ffff : below(1_000, random), random() < 0.8 ? payload.length : below(2 ** 24, random)];
  const message = Buffer.alloc(11);
  message.writeUIntBE(time, 0, 3);
  message.writeUIntBE(length, 3, 3);
  message.writeUInt8(type, 6);
  message.writeUInt32LE(STREAM, 7);
  const extended = time === 0xff_ffff ? noise(4, random) : Buffer.alloc(0);
  return Buffer.concat([basicHeader(format, random), message.subarray(0, [11, 7, 3, 0][format]), extended, payload]);
}

function basicHeader(format: number, random: Random): Buffer {
  const channel = random() < 0.6 ? 3 + below(4, random) : below(64, random);
  return Buffer.concat([Buffer.from([(format << 6) | channel]), noise(channel === 0 ? 1 : channel === 1 ? 2 : 0, random)]);
}

/** Bent, or whole with strange chunks behind or in front of it. */
function hurt(seed: Buffer, random: Random): Buffer {
  if (random() < 0.5) return bent(seed, random);
  const chunks = Buffer.concat(Array.from({ length: below(8, random) }, () => strangeChunk(random)));
  return random() < 0.7 ? Buffer.concat([seed, chunks]) : Buffer.concat([chunks, seed]);
}

/** What a connection did; throws where it should not have. */
function watched(random: Random): { readonly events: GateEvents; readonly demandOrder: () => void } {
  const did = { admitted: 0, closed: 0, played: 0 };
  const events: GateEvents = {
    admit: ({ app, room, key }) => {
      if (app !== 'live' || room !== 'room-1' || key !== KEY) throw new CodedError('key_needed', 'Publishing needs a key.');
      did.admitted += 1;
    },
    tag: ({ data }) => {
      if (did.admitted === 0 || did.closed > 0 || data.length > MAX_MESSAGE) throw new Error(`a tag of ${data.length} bytes of who was let in ${did.admitted} times and is gone ${did.closed} times`);
    },
    closed: () => void (did.closed += 1),
    play: (_room, _query, player) => {
      did.played += 1;
      perform(player, random);
    },
  };
  const demandOrder = (): void => {
    if (did.admitted + did.played > 1 || did.closed !== did.admitted) throw new Error(`out of order: ${JSON.stringify(did)}`);
  };
  return { events, demandOrder };
}

function perform(player: RtmpPlayer, random: Random): void {
  const acts = [() => player.begin(), () => player.tag(FRAME), () => player.refuse('No.'), () => player.end()];
  for (let turn = below(MOST_FRAMES + 1, random); turn > 0; turn -= 1) acts[below(acts.length, random)]?.();
}

/** Whoever reaches the port: node-media-server's handshake, chunks and commands, behind our gate. */
export const gateTargets: readonly FuzzTarget[] = [
  {
    name: 'rtmp-gate',
    seeds: () => {
      silenceNms();
      return [Buffer.concat([PUBLISH, MEDIA]), Buffer.concat([PUBLISH, new ChunkWriter().begin(), MEDIA]), PLAY, connecting()];
    },
    hurt,
    feed: (input, random) => {
      const socket = deafSocket();
      const { events, demandOrder } = watched(random);
      new Gate(socket, events);
      socket.emit('data', greeting());
      const greeted = socket.bytesWritten;
      for (const piece of pieces(input, random)) if (!socket.destroyed) socket.emit('data', piece);
      const ended = socket.destroyed;
      socket.destroy();
      demandOrder();
      const answered = socket.bytesWritten - greeted;
      if (answered > MOST_OF_ITS_OWN + MOST_BYTES_FOR_ONE * input.length) throw new Error(`${answered} bytes of answers to ${input.length}`);
      if (ended) throw new CodedError('refused', 'The gate ended the connection.');
    },
  },
];
