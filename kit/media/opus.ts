/** Samples at 48 kHz by which libopus, as FFmpeg runs it by default, delays sound against its timestamps (OpusHead's pre-skip). */
export const OPUS_ENCODER_DELAY_SAMPLES = 312;

/** Samples at 48 kHz of one frame by the configuration number's low bits, per mode (RFC 6716 table 2). */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];

/** Duration of an Opus packet in samples at 48 kHz, from its table of contents (RFC 6716 section 3.1); 0 for an empty packet. */
export function opusSamples(packet: Buffer): number {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const config = toc >> 3;
  const frame = config < 12 ? SILK[config % 4] : config < 16 ? HYBRID[config % 2] : CELT[config % 4];
  return (frame ?? 0) * frameCount(toc & 3, packet[1] ?? 0);
}

/** Stereo flag of the table of contents. A decoder makes either number of channels of either. */
export function opusChannels(packet: Buffer): 1 | 2 {
  return ((packet[0] ?? 0) & 4) === 0 ? 1 : 2;
}

function frameCount(code: number, countByte: number): number {
  if (code === 0) return 1;
  return code === 3 ? countByte & 0x3f : 2;
}
