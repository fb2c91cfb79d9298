import type { DeviceMode } from '#appliance/contract/sources.ts';
import type { Raster } from './capture-source.ts';
import { letterboxed } from './letterbox.ts';
import { isPicture, SLIDES_FPS, type SourceConfig } from './source-config.ts';

export const SAMPLE_RATE_HZ = 48_000;
/** Of socket operations with the device, microseconds: a camera that hangs is noticed by its frames long before. */
const RTSP_TIMEOUT_US = '5000000';

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
 * A source with a track of its own writes that as NUT on descriptor 3. `mode` is what a video device is asked for.
 */
export function captureArguments({ source, raster, programFps, socketPath }: Wanted, mode: DeviceMode | null): string[] {
  const timed = isDevice(source);
  const filters = [...pictureFilters(source, raster, programFps), ...(timed ? [SHOW_TIMES] : [])];
  return [
    ...LEADING,
    ...inputArguments(source, raster, programFps, mode),
    ...(isPicture(source) ? pictureOutput(filters) : [...(timed ? ['-af', 'ashowinfo'] : []), ...SOUND_OUTPUT]),
    ...gateOutput(socketPath),
    ...(source.isolated === true ? trackOutput(source, programFps, mode) : []),
  ];
}

export interface Wanted {
  readonly source: SourceConfig;
  readonly raster: Raster;
  readonly programFps: number;
  readonly socketPath: string;
}

/** Devices of this machine: FFmpeg stamps what they give with the time of day. */
export function isDevice({ url }: SourceConfig): boolean {
  return /^(v4l2|alsa|pulse):/.test(url);
}

/** What a camera encodes by itself is copied; anything else is encoded once more, cheaply. */
function trackOutput(source: SourceConfig, programFps: number, mode: DeviceMode | null): string[] {
  if (!isPicture(source)) return ['-map', '0:a:0', '-ac', '2', '-ar', String(SAMPLE_RATE_HZ), ...AAC_TRACK];
  if (mode?.format === 'h264') return ['-map', '0:v:0', '-c:v', 'copy', ...TRACK];
  return [
    '-map', '0:v:0', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-threads', '1',
    '-g', String(programFps), '-bf', '0', '-crf', '23', '-maxrate', '4M', '-bufsize', '4M', ...TRACK,
  ];
}

/** For H.264 as FLV on standard input, without look ahead. Each frame's time is told on standard error when it is ready for the gate. */
export function pictureDecoderArguments({ source, raster, programFps, socketPath }: Wanted): string[] {
  const filters = [...pictureFilters(source, raster, programFps), SHOW_TIMES];
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
    ...AAC_TRACK,
  ];
}

const SHOW_TIMES = 'showinfo=checksum=0';
const TRACK = ['-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:3'] as const;
const AAC_TRACK = ['-c:a', 'aac', '-b:a', '128k', ...TRACK] as const;

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

function inputArguments(source: SourceConfig, raster: Raster, programFps: number, mode: DeviceMode | null): string[] {
  const [scheme = '', name = ''] = source.url.split(/:(.*)/s);
  switch (scheme) {
    case 'test':
      return ['-re', '-f', 'lavfi', '-i', testGraph(source, name, raster, programFps)];
    case 'file':
      return ['-re', '-stream_loop', '-1', '-threads', '1', '-i', name];
    case 'v4l2':
      return [...DEVICE, '-f', 'v4l2', '-ts', 'abs', ...modeInput(mode), '-framerate', String(programFps), '-flags', 'low_delay', '-threads', '1', '-i', name];
    case 'alsa':
      // The device itself may know neither stereo nor 48 kHz: ALSA's own converter does.
      return [...DEVICE, '-f', 'alsa', '-channels', '2', '-sample_rate', String(SAMPLE_RATE_HZ), '-i', name.replace(/^hw:/, 'plughw:')];
    case 'pulse':
      // 20 ms of s16le stereo: left to itself PulseAudio collects far more.
      return [...DEVICE, '-f', 'pulse', '-channels', '2', '-sample_rate', String(SAMPLE_RATE_HZ), '-fragment_size', '3840', '-i', name || 'default'];
    default:
      return rtspInput(source);
  }
}

/** Times of day go through to the end, so that the age of a picture is known there. */
const DEVICE = ['-copyts', '-fflags', 'nobuffer', '-probesize', '32', '-analyzeduration', '0'] as const;

function modeInput(mode: DeviceMode | null): string[] {
  return mode === null ? [] : ['-input_format', mode.format, '-video_size', `${mode.width}x${mode.height}`];
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

function pictureFilters(source: SourceConfig, raster: Raster, programFps: number): string[] {
  const fps = source.fps ?? (source.kind === 'slides' ? SLIDES_FPS : programFps);
  return [...(fps < programFps ? [atMost(fps)] : []), ...letterboxed(raster)];
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

/** What FFmpeg says of a stream that it writes, and of none that it reads: how coarse its encoder may get. */
const WRITTEN = / q=\d+-\d+/;
/** Where the container gives pixels another shape than the codec does, that comes last and is what FFmpeg goes by. */
const LAST_PIXEL_SHAPE = /.*\bSAR ([1-9]\d*):([1-9]\d*)/;

/** Size of the picture as the device sends it, counted in square pixels, from a line of FFmpeg's standard error that describes an input stream. */
export function nativeSizeIn(line: string): Raster | null {
  const found = /Stream #0:\d+.*: Video: .*?\b(\d{2,5})x(\d{2,5})\b/.exec(line);
  if (found === null || WRITTEN.test(line)) return null;
  const [, across = 1, down = 1] = LAST_PIXEL_SHAPE.exec(line) ?? [];
  return { width: Math.round((Number(found[1]) * Number(across)) / Number(down)), height: Number(found[2]) };
}
