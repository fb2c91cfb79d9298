import type { Raster } from './capture-source.ts';
import { isPicture, SLIDES_FPS, type SourceConfig } from './source-config.ts';

export const SAMPLE_RATE_HZ = 48_000;
/** Of socket operations with the device, microseconds: a camera that hangs is noticed by its frames long before. */
const RTSP_TIMEOUT_US = '5000000';
/** Card around a picture of another shape, the slate's colour. */
const LETTERBOX = '0x14181f';

const TEST_SIGNALS: Readonly<Record<string, string>> = {
  moving: 'testsrc2',
  bars: 'smptehdbars',
  black: 'color=black',
  tone: 'sine=frequency=440:beep_factor=4',
  silence: 'anullsrc=channel_layout=stereo',
};

/**
 * FFmpeg's argument list for capturing one source: decoded, and written raw (I420 at `raster`, letterboxed and never stretched; or
 * s16le 48 kHz stereo) to the unix socket `socketPath`, on which FFmpeg listens for the gate. Standard error carries the stream's facts.
 */
export function captureArguments(source: SourceConfig, raster: Raster, programFps: number, socketPath: string): string[] {
  const filters = isPicture(source) ? pictureFilters(source, raster, programFps) : [];
  return [
    ...LEADING,
    ...inputArguments(source, raster, programFps),
    ...(isPicture(source) ? pictureOutput(filters) : SOUND_OUTPUT),
    ...gateOutput(socketPath),
  ];
}

/** For H.264 as FLV on standard input, without look ahead. Each frame's time is told on standard error when it is ready for the gate. */
export function pictureDecoderArguments(source: SourceConfig, raster: Raster, programFps: number, socketPath: string): string[] {
  const filters = [...pictureFilters(source, raster, programFps), 'showinfo=checksum=0'];
  return [...LEADING, ...FROM_PIPE, '-f', 'flv', '-flags', 'low_delay', '-threads', '1', '-i', 'pipe:0', ...pictureOutput(filters), ...gateOutput(socketPath)];
}

/** For sound on standard input, read as `input` says; each frame's time is told on standard error when it was decoded. */
export function soundDecoderArguments(input: readonly string[], channels: number, socketPath: string): string[] {
  return [...LEADING, ...FROM_PIPE, ...input, '-i', 'pipe:0', '-af', `ashowinfo,${soundFilters(channels)}`, ...SOUND_OUTPUT, ...gateOutput(socketPath)];
}

/** The same sound as AAC packets in NUT on descriptor 3: a track of its own. */
export function soundTrackArguments(input: readonly string[], channels: number): string[] {
  return [
    ...LEADING, ...FROM_PIPE, ...input, '-i', 'pipe:0', '-map', '0:a:0', '-af', soundFilters(channels), '-ac', '2', '-ar', String(SAMPLE_RATE_HZ),
    '-c:a', 'aac', '-b:a', '128k', '-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:3',
  ];
}

/** One channel goes to both sides as loud as it is: FFmpeg by itself would take 3 dB off. */
function soundFilters(channels: number): string {
  return channels === 1 ? `${FILL_GAPS},pan=stereo|c0=c0|c1=c0` : FILL_GAPS;
}

const LEADING = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info'] as const;
/** Everything about the stream is known: nothing is waited for. `nobuffer` would lose the first frame of a pipe. */
const FROM_PIPE = ['-probesize', '32', '-analyzeduration', '0'] as const;
/** Puts silence where timestamps leap; sound without gaps is left as it is. */
const FILL_GAPS = 'aresample=async=1:min_hard_comp=0.05';

/** Every packet leaves at once: the muxer's buffer would hold 170 ms of sound. */
function gateOutput(socketPath: string): string[] {
  return ['-flush_packets', '1', '-listen', '1', `unix:${socketPath}`];
}

function inputArguments(source: SourceConfig, raster: Raster, programFps: number): string[] {
  const [scheme = '', name = ''] = source.url.split(/:(.*)/s);
  if (scheme === 'test') return ['-re', '-f', 'lavfi', '-i', testGraph(source, name, raster, programFps)];
  return rtspInput(source);
}

function rtspInput(source: SourceConfig): string[] {
  return [
    '-rtsp_transport', source.transport ?? 'tcp', '-timeout', RTSP_TIMEOUT_US,
    '-allowed_media_types', isPicture(source) ? 'video' : 'audio',
    '-fflags', 'nobuffer', '-probesize', '500000', '-analyzeduration', '500000', '-fpsprobesize', '0',
    // Frame threads hold a frame each; low_delay gives every frame out as soon as it is decoded.
    '-flags', 'low_delay', '-threads', '1',
    '-i', source.url.replace(/^rtsp\+ffmpeg:/, 'rtsp:'),
  ];
}

function testGraph(source: SourceConfig, name: string, raster: Raster, programFps: number): string {
  const graph = TEST_SIGNALS[name] ?? TEST_SIGNALS['bars'] ?? '';
  const separator = graph.includes('=') ? ':' : '=';
  if (!isPicture(source)) return `${graph}${separator}sample_rate=${SAMPLE_RATE_HZ}`;
  return `${graph}${separator}size=${raster.width}x${raster.height}:rate=${programFps}`;
}

function pictureFilters(source: SourceConfig, { width, height }: Raster, programFps: number): string[] {
  const fps = source.fps ?? (source.kind === 'slides' ? SLIDES_FPS : programFps);
  return [
    ...(fps < programFps ? [atMost(fps)] : []),
    `scale=w=${width}:h=${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:color=${LETTERBOX}`,
    'setsar=1',
    'format=yuv420p',
  ];
}

/** Leaves frames out by their times alone: the `fps` filter would hold each one until the next has come. */
function atMost(fps: number): string {
  return `select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,${(0.75 / fps).toFixed(4)})`;
}

function pictureOutput(filters: readonly string[]): string[] {
  return ['-map', '0:v:0', '-filter_threads', '1', '-vf', filters.join(','), '-fps_mode', 'passthrough', ...UNTHREADED_RAW];
}

/** FFmpeg's raw "encoder" runs in frame threads, one a core, and each of them holds a frame back: 40 ms at 25 frames a second. */
const UNTHREADED_RAW = ['-c:v', 'rawvideo', '-threads', '1', '-f', 'rawvideo'];

const SOUND_OUTPUT: readonly string[] = [
  '-map', '0:a:0', '-ac', '2', '-ar', String(SAMPLE_RATE_HZ), '-c:a', 'pcm_s16le', '-f', 's16le',
];

/** Size of the picture as the device sends it, from a line of FFmpeg's standard error that describes an input stream. */
export function nativeSizeIn(line: string): Raster | null {
  const found = /Stream #0:\d+.*: Video: .*?\b(\d{2,5})x(\d{2,5})\b/.exec(line);
  return found === null ? null : { width: Number(found[1]), height: Number(found[2]) };
}
