import { videoArguments, type VideoProgram } from '../../appliance/encoder/arguments.ts';

export interface Sources {
  readonly camera: string;
  readonly slides: string;
  readonly microphone: string;
}

/** Where the camera's picture lies on the slides, pixels of the program. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * One FFmpeg that does what the box does to pictures and sound and nothing else: takes the three sources, lays the camera over the
 * slides, and encodes every rendition, AAC and Opus, with the very options of the box's own encoder. Nothing is kept or sent.
 */
export function bareArguments(program: VideoProgram, sources: Sources, camera: Box): string[] {
  // The part of the box's own command that encodes: what follows its filter graph.
  const own = videoArguments('libx264', program, { kind: 'test' });
  const encodes = own.slice(own.indexOf('-map'));
  return [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-progress', 'pipe:1',
    ...input(sources.camera), ...input(sources.slides), ...input(sources.microphone),
    '-filter_complex_threads', '1', '-filter_complex', graph(program, camera),
    ...encodes,
    '-map', '2:a:0', '-ac', '2', '-c:a', 'aac', '-b:a', '128k', '-f', 'null', '-',
    '-map', '2:a:0', '-ac', '2', '-c:a', 'libopus', '-b:a', '64k', '-frame_duration', '20', '-application', 'audio', '-f', 'null', '-',
  ];
}

function input(url: string): string[] {
  return ['-rtsp_transport', 'tcp', '-threads', '1', '-i', url];
}

function graph({ width, height, fps, renditions }: VideoProgram, camera: Box): string {
  const copies = renditions.map((_, index) => `[s${index}]`).join('');
  const scaled = renditions.map((rendition, index) => {
    const same = rendition.width === width && rendition.height === height;
    return `[s${index}]${same ? 'null' : `scale=${rendition.width}:${rendition.height}:flags=area`}[v${index}]`;
  });
  return [
    `[0:v]scale=${camera.width}:${camera.height}:flags=area[camera]`,
    `[1:v]scale=${width}:${height},fps=${fps}[slides]`,
    `[slides][camera]overlay=${camera.x}:${camera.y},fps=${fps},format=yuv420p,split=${renditions.length}${copies}`,
    ...scaled,
  ].join(';');
}
