import type { AgreedStream, ExtensionIds } from '../stream.ts';
import type { OfferOptions } from '../types.ts';

const VIDEO_PAYLOAD_TYPE = 102;
const VIDEO_RTX_PAYLOAD_TYPE = 103;
const OPUS_PAYLOAD_TYPE = 111;
const EXTENSIONS: ExtensionIds = { mid: 1, rid: 2, repairedRid: 3, transportSequence: 5, playoutDelay: null };

/** What is offered; the answer may take less. */
export function offeredStreams(options: OfferOptions, newSsrc: () => number): AgreedStream[] {
  const direction = options.direction ?? 'send';
  const rids: readonly (string | null)[] = options.rids.length === 0 ? [null] : options.rids;
  const layers = (names: readonly (string | null)[]) => names.map((rid) => ({ rid, ssrc: newSsrc(), rtxSsrc: newSsrc() }));
  const video: AgreedStream = {
    kind: 'video',
    mid: '0',
    direction,
    payloadType: VIDEO_PAYLOAD_TYPE,
    clockHz: 90_000,
    rtxPayloadType: VIDEO_RTX_PAYLOAD_TYPE,
    nack: true,
    extensions: options.rids.length === 0 ? { ...EXTENSIONS, rid: null, repairedRid: null } : EXTENSIONS,
    layers: layers(rids),
  };
  const audio: AgreedStream = {
    kind: 'audio',
    mid: '1',
    direction,
    payloadType: OPUS_PAYLOAD_TYPE,
    clockHz: 48_000,
    rtxPayloadType: null,
    nack: true,
    extensions: { ...EXTENSIONS, rid: null, repairedRid: null },
    layers: layers([null]),
  };
  return options.audio ? [video, audio] : [video];
}
