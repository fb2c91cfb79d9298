export type AudioCodec = 'opus' | 'aac';

/** Neither side waits to learn more of the input than its first header says: it is one known stream. */
const INPUT = ['-probesize', '32', '-analyzeduration', '0'];
const OUTPUT = ['-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:1'];

/** FFmpeg's arguments for one conversion at 48 kHz stereo: Ogg Opus or ADTS on standard input, NUT on standard output. */
export function conversionArgs(from: AudioCodec, bitrateKbps: number): string[] {
  const input = from === 'opus' ? ['-f', 'ogg', '-c:a', 'libopus'] : ['-f', 'aac'];
  const encoder = from === 'opus' ? ['-c:a', 'aac'] : ['-c:a', 'libopus', '-frame_duration', '20'];
  return [
    '-hide_banner', '-loglevel', 'error', ...INPUT, ...input, '-i', 'pipe:0',
    '-map', '0:a:0', '-ac', '2', '-ar', '48000', ...encoder, '-b:a', `${bitrateKbps}k`, ...OUTPUT,
  ];
}
