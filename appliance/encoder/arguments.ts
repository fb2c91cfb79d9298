export interface Rendition {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
}

export interface VideoProgram {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly renditions: readonly Rendition[];
  readonly x264Preset: string;
}

/** `program`: raw frames from the gate, one NUT output per rendition on descriptors 3, 4, …; `test`: one second of a test picture into nothing. */
export type VideoJob = { readonly kind: 'program'; readonly socket: string } | { readonly kind: 'test' };

interface EncoderFamily {
  /** Options in front of the input: the device. */
  readonly device: readonly string[];
  /** Filters that bring frames to where the encoder takes them, before the split. */
  readonly upload: readonly string[];
  readonly scale: (size: { readonly width: number; readonly height: number }) => string;
  readonly codec: (preset: string) => readonly string[];
}

/** A class begins with the first keyframe after the press, and so does every viewer after a loss: half a second at most. */
const GOP_SECONDS = 0.5;
const VAAPI_DEVICE = '/dev/dri/renderD128';

const scaleInMemory: EncoderFamily['scale'] = ({ width, height }) => `scale=${width}:${height}:flags=area`;

/**
 * Constrained baseline everywhere: every browser's WebRTC takes it, and nothing is reordered. Each family is told to give a frame
 * out before it takes the next, to make every keyframe an IDR, and to place keyframes by count alone, so that renditions agree.
 */
const FAMILIES: Readonly<Record<string, EncoderFamily>> = {
  libx264: {
    device: [],
    upload: [],
    scale: scaleInMemory,
    // One thread costs least in all; frame threads would hold frames, slices would cost bits.
    codec: (preset) => ['-preset', preset, '-tune', 'zerolatency', '-profile:v', 'baseline', '-sc_threshold', '0', '-threads', '1', '-x264-params', 'sliced-threads=0'],
  },
  h264_nvenc: {
    device: [],
    upload: [],
    scale: scaleInMemory,
    codec: () => ['-preset', 'p3', '-tune', 'ull', '-profile:v', 'baseline', '-rc', 'cbr', '-zerolatency', '1', '-delay', '0', '-no-scenecut', '1', '-forced-idr', '1'],
  },
  h264_vaapi: {
    device: ['-vaapi_device', VAAPI_DEVICE],
    upload: ['format=nv12', 'hwupload'],
    scale: ({ width, height }) => `scale_vaapi=w=${width}:h=${height}`,
    codec: () => ['-profile:v', 'constrained_baseline', '-rc_mode', 'CBR', '-async_depth', '1', '-idr_interval', '0'],
  },
  h264_qsv: {
    device: ['-init_hw_device', 'qsv=qsv:hw', '-filter_hw_device', 'qsv'],
    upload: ['format=nv12', 'hwupload=extra_hw_frames=16'],
    scale: ({ width, height }) => `scale_qsv=w=${width}:h=${height}`,
    codec: () => ['-preset', 'veryfast', '-profile:v', 'baseline', '-async_depth', '1', '-look_ahead', '0', '-low_delay_brc', '1', '-forced_idr', '1', '-idr_interval', '0'],
  },
};

/** Encoders that this build knows how to drive, best first. */
export const KNOWN_ENCODERS: readonly string[] = ['h264_nvenc', 'h264_vaapi', 'h264_qsv', 'libx264'];

export function isKnownEncoder(name: string): boolean {
  return name in FAMILIES;
}

/** FFmpeg's argument list for encoding the program once, in every rendition, with closed GOPs of half a second that begin together. */
export function videoArguments(encoder: string, program: VideoProgram, job: VideoJob): string[] {
  const family = FAMILIES[encoder];
  if (family === undefined) throw new RangeError(`no arguments are known for ${encoder}`);
  return [
    '-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning',
    ...family.device,
    ...inputArguments(program, job),
    '-filter_complex_threads', '1', '-filter_complex', filterGraph(family, program),
    ...program.renditions.flatMap((rendition, index) => [
      '-map', `[v${index}]`, '-fps_mode', 'passthrough', '-c:v', encoder,
      ...family.codec(program.x264Preset),
      ...rateArguments(rendition, program.fps),
      ...(job.kind === 'program' ? nutOutput(index) : ['-f', 'null', '-']),
    ]),
  ];
}

function inputArguments({ width, height, fps }: VideoProgram, job: VideoJob): string[] {
  if (job.kind === 'test') return ['-f', 'lavfi', '-t', '1', '-i', `testsrc2=size=${width}x${height}:rate=${fps},format=yuv420p`];
  return [
    '-probesize', '32', '-analyzeduration', '0',
    '-f', 'rawvideo', '-pixel_format', 'yuv420p', '-video_size', `${width}x${height}`, '-framerate', String(fps), '-i', `unix:${job.socket}`,
  ];
}

function filterGraph(family: EncoderFamily, program: VideoProgram): string {
  const count = program.renditions.length;
  const copies = program.renditions.map((_, index) => `[s${index}]`).join('');
  const common = [...family.upload, `split=${count}`].join(',');
  const branches = program.renditions.map((rendition, index) => {
    const same = rendition.width === program.width && rendition.height === program.height;
    return `[s${index}]${same ? 'null' : family.scale(rendition)}[v${index}]`;
  });
  return [`[0:v]${common}${copies}`, ...branches].join(';');
}

function rateArguments({ bitrateKbps }: Rendition, fps: number): string[] {
  const rate = `${bitrateKbps}k`;
  return [
    '-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-g', String(Math.max(1, Math.floor(fps * GOP_SECONDS))), '-bf', '0',
    '-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709',
  ];
}

/** A packet leaves the process as soon as it is made (NUT interleaves nothing with one stream). */
function nutOutput(index: number): string[] {
  return ['-flush_packets', '1', '-write_index', '0', '-f', 'nut', `pipe:${3 + index}`];
}

export const AUDIO_OUTPUTS = ['aac', 'opus'] as const;

/**
 * FFmpeg's argument list for the program's sound. The thorough modes cost twice as much (AAC) and are not heard at these rates.
 * AAC-LC on descriptor 3, Opus in packets of 20 ms on descriptor 4.
 */
export function audioArguments(socket: string): string[] {
  return [
    '-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning', '-probesize', '32', '-analyzeduration', '0',
    '-f', 's16le', '-ar', '48000', '-ac', '2', '-i', `unix:${socket}`,
    '-map', '0:a', '-c:a', 'aac', '-aac_coder', 'fast', '-b:a', '128k', ...nutOutput(0),
    '-map', '0:a', '-c:a', 'libopus', '-b:a', '64k', '-compression_level', '5', '-frame_duration', '20', '-application', 'audio', ...nutOutput(1),
  ];
}
