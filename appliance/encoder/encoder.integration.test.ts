import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { KNOWN_ENCODERS, videoArguments, type VideoProgram } from './arguments.ts';
import { tryEncoder } from './probe.ts';

const run = promisify(execFile);
const PROGRAM: VideoProgram = {
  width: 320, height: 180, fps: 25, x264Preset: 'ultrafast',
  renditions: [{ id: 'a', width: 320, height: 180, bitrateKbps: 300 }, { id: 'b', width: 160, height: 90, bitrateKbps: 100 }],
};
/** Options of FFmpeg itself or of every codec, as used in the argument lists. */
const GENERIC = new Set('map fps_mode c:v b:v maxrate bufsize g bf threads color_range colorspace color_primaries color_trc f sc_threshold profile:v'.split(' '));

/** Options that follow `-c:v NAME` for one output. */
function codecOptions(encoder: string): string[] {
  const args = videoArguments(encoder, PROGRAM, { kind: 'test' });
  const begin = args.indexOf('-c:v') + 2;
  return args.slice(begin, args.indexOf('-b:v')).filter((arg) => /^-[a-z]/.test(arg)).map((arg) => arg.slice(1));
}

it.each([...KNOWN_ENCODERS])('gives %s only options that this FFmpeg has for it', async (encoder) => {
  const { stdout } = await run('ffmpeg', ['-hide_banner', '-h', `encoder=${encoder}`]);
  const known = new Set([...stdout.matchAll(/^ {2}-([a-z0-9_-]+)/gm)].map((match) => match[1]));
  expect(codecOptions(encoder).filter((option) => !known.has(option) && !GENERIC.has(option))).toEqual([]);
});

it('finds that libx264 works here, and says why an unknown one does not', async () => {
  const { signal } = new AbortController();
  expect(await tryEncoder('libx264', PROGRAM, signal)).toEqual({ works: true });
  expect(await tryEncoder('h264_imaginary', PROGRAM, signal)).toEqual({ works: false, reason: 'Lectern does not know how to drive it' });
});
