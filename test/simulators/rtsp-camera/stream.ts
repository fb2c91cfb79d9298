import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { parameterSetsOf } from '#kit/media/h264.ts';
import { sampleVideo, type VideoSample } from '#kit/media/testing/samples.ts';

/** What a camera sends: RTP payloads by the period, without end, and how it describes them. */
export interface CameraStream {
  readonly periodMs: number;
  readonly clockHz: number;
  readonly payloadType: number;
  /** Lines of the SDP's media section, without the control attribute. */
  readonly media: readonly string[];
  /** Payloads of the next frame or block, the last with the marker. */
  take(): readonly Buffer[];
}

const MTU = 1_200;

/** Real H.264, a second of FFmpeg's test picture again and again; every round begins with a keyframe. */
export async function pictures(options: Omit<VideoSample, 'seconds'> & { readonly withoutSets?: boolean }): Promise<CameraStream> {
  const fps = options.fps ?? 25;
  const packets = await sampleVideo({ ...options, seconds: 1 });
  const sets = parameterSetsOf(packets[0]?.data ?? Buffer.alloc(0));
  if (sets === null) throw new Error('the sample has no parameter sets');
  const sprop = [sets.sps, sets.pps].map((set) => set.toString('base64')).join(',');
  const units = packets.map(({ data }) => packetizeH264(data, MTU));
  let at = 0;
  return {
    periodMs: 1_000 / fps, clockHz: 90_000, payloadType: 96,
    media: ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sprop}`],
    take: () => units[at++ % units.length] ?? [],
  };
}

const BLOCK_MS = 20;

/** A tone of 440 Hz at -12 dBFS in G.711 or as plain samples. */
export function tone(codec: 'pcmu' | 'l16', clockHz: number): CameraStream {
  const samples = (clockHz * BLOCK_MS) / 1_000;
  let at = 0;
  const block = (): Buffer => {
    const levels = Array.from({ length: samples }, () => Math.round(8_192 * Math.sin((2 * Math.PI * 440 * at++) / clockHz)));
    if (codec === 'pcmu') return Buffer.from(levels.map(muLaw));
    const bytes = Buffer.alloc(samples * 2);
    levels.forEach((level, index) => bytes.writeInt16BE(level, index * 2));
    return bytes;
  };
  const [payloadType, name] = codec === 'pcmu' ? [0, 'PCMU'] : [97, 'L16'];
  return { periodMs: BLOCK_MS, clockHz, payloadType, media: [`m=audio 0 RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${name}/${clockHz}`], take: () => [block()] };
}

/** ITU-T G.711: sign, exponent and mantissa of the biased level, inverted. */
function muLaw(level: number): number {
  const magnitude = Math.min(32_635, Math.abs(level)) + 132;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~((level < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}
