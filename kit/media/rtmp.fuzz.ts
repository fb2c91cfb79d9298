import { pieces, type FuzzTarget } from '../testing/fuzz.ts';
import { type Amf, decodeAmf, encodeAmf } from './rtmp/amf0.ts';
import { answerOf, beginPublish, captureEpoch, captureEpochUsOf, ChunkReader, ChunkWriter, metadata, nextPublish } from './rtmp.ts';

const TARGET = { app: 'live', tcUrl: 'rtmp://edge/live', stream: 'room-301?key=k' };
const STATUS = { level: 'status', code: 'NetStream.Publish.Start', description: 'Started' };

/** What a server says to a publisher, from its first command to its last. */
function serverSays(): Buffer {
  const writer = new ChunkWriter();
  const command = (...values: readonly Amf[]): Buffer => writer.write({ type: 20, streamId: 0, timestampMs: 0, payload: encodeAmf(...values) });
  return Buffer.concat([command('_result', 1, { fmsVer: 'x' }, { level: 'status' }), writer.begin(), command('_result', 4, null, 1), command('onStatus', 0, null, STATUS)]);
}

export const rtmpTargets: readonly FuzzTarget[] = [
  { name: 'rtmp-amf', seeds: () => [encodeAmf('connect', 1, { app: 'live', list: [1, true, null] }), metadata(1, captureEpoch(1e15)).payload], feed: (input) => [captureEpochUsOf(input), decodeAmf(input)] },
  {
    name: 'rtmp-server',
    seeds: () => [serverSays()],
    feed: (input, random) => {
      const reader = new ChunkReader();
      let { state } = beginPublish(TARGET);
      for (const piece of pieces(input, random)) for (const message of reader.push(piece)) ({ state } = nextPublish(state, message, TARGET));
    },
  },
  { name: 'rtmp-handshake', seeds: () => [Buffer.concat([Buffer.from([3]), Buffer.alloc(3_072, 5), Buffer.from('0200', 'hex')])], feed: answerOf },
];
