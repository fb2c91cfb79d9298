import { videoArguments, type VideoProgram } from '../encoder/arguments.ts';
import { tryEncoder } from '../encoder/probe.ts';
import { lookAtClock } from './clock.ts';
import { lookAtDevices } from './devices.ts';
import { lookAtDisk } from './disk.ts';
import type { Finding } from './finding.ts';
import { lookAtKernel } from './kernel.ts';
import { lookAtMachine } from './machine.ts';
import { lookAtPorts, type Listening } from './ports.ts';
import { said } from './said.ts';

export interface DoctorOptions {
  readonly program: VideoProgram;
  /** Best first. */
  readonly encoders: readonly string[];
  readonly recordingsDir: string;
  readonly bytesPerHour: number;
  readonly listening: readonly Listening[];
}

const SLOW_MS = 1_500;

/** Everything this machine needs to hold a class, looked at once. Nothing is changed and nothing is left behind. */
export async function examine(options: DoctorOptions, signal: AbortSignal): Promise<Finding[]> {
  const ffmpeg = await lookAtFfmpeg(signal);
  const encoders = ffmpeg.verdict === 'bad' ? [] : await lookAtEncoders(options, signal);
  return [
    ...lookAtMachine(), ...(await lookAtKernel()), ffmpeg, ...encoders, ...(await lookAtDevices()), await lookAtDisk(options.recordingsDir, options.bytesPerHour),
    await lookAtClock(signal), ...(await lookAtPorts(options.listening)),
  ];
}

async function lookAtFfmpeg(signal: AbortSignal): Promise<Finding> {
  const about = 'FFmpeg';
  const version = /^ffmpeg version (\S+)/.exec((await said('ffmpeg', ['-version'], signal)) ?? '')?.[1];
  if (version === undefined) return { about, verdict: 'bad', says: 'FFmpeg is not installed: apt-get install ffmpeg.' };
  return { about, verdict: 'good', says: `Version ${version}.` };
}

/** Each encodes a second of a test picture in every rendition, as it would in a class. */
export async function lookAtEncoders({ encoders, program }: Pick<DoctorOptions, 'encoders' | 'program'>, signal: AbortSignal): Promise<Finding[]> {
  const about = 'Encoders';
  const ladder = program.renditions.map(({ id }) => id).join(', ');
  const found: Finding[] = [];
  let works = false;
  for (const name of encoders) {
    const startedMs = performance.now();
    const trial = await tryEncoder(name, program, signal);
    const ms = Math.round(performance.now() - startedMs);
    works ||= trial.works;
    found.push(trial.works ? encodes(name, ladder, ms) : { about, verdict: 'look', says: `${name} is not used: ${trial.reason}.` });
  }
  if (works) return found;
  return [...found, { about, verdict: 'bad', says: `No encoder works. What FFmpeg says of the plainest one: ffmpeg ${quoted(videoArguments('libx264', program, { kind: 'test' }))}` }];
}

/** With its start, half a second more than the encoding itself. */
function encodes(name: string, ladder: string, ms: number): Finding {
  const says = `${name} encodes ${ladder}; a second of video took it ${ms} ms, with its start.`;
  const isSlow = ms > SLOW_MS;
  return { about: 'Encoders', verdict: isSlow ? 'look' : 'good', says: isSlow ? `${says} That is too slow for a class: choose smaller renditions.` : says };
}

function quoted(args: readonly string[]): string {
  return args.map((arg) => (/^[\w./:=-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
}
