import type { VideoProgram } from './arguments.ts';

/** What a box makes where its configuration does not say: full HD for a large screen, and two smaller pictures for slower lines. */
export const DEFAULT_PROGRAM: VideoProgram = {
  width: 1920,
  height: 1080,
  fps: 25,
  renditions: [
    { id: '1080p', width: 1920, height: 1080, bitrateKbps: 4500 },
    { id: '720p', width: 1280, height: 720, bitrateKbps: 2000 },
    { id: '360p', width: 640, height: 360, bitrateKbps: 350 },
  ],
  x264Preset: 'superfast',
};
