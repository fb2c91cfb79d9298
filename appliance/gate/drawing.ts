import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferNoLonger } from '#kit/process/priority.ts';
import { frameBytes, type Rect, type Size } from './i420.ts';
import { even } from './layout-geometry.ts';
import { type Overlay, overlayFrom } from './overlay.ts';

/** Two lines: what it is, and what there is to say of it. */
export interface CardText {
  readonly title: string;
  readonly line: string;
}

/** Where drawing happens. `name` keeps the text files in `folder` apart. */
export interface Desk {
  readonly folder: string;
  readonly signal: AbortSignal;
}

const TITLE_COLOUR = '0xf2f4f7';
const LINE_COLOUR = '0x9aa4b2';
const ACCENT_COLOUR = '0x3d7eff';
const CARD_COLOUR = '0x14181f';
/** One face for both of the product's languages; fontconfig takes what comes nearest where it is missing. */
const FONT = 'Noto Sans CJK SC';
/** Of the lower third's plate, 0 to 255; its words cover what is behind them wholly. */
const PLATE_ALPHA = 224;
const ATTEMPTS_MAX = 3;
const TV_COLOURS = 'out_color_matrix=bt709:out_range=tv';

/** One line of text as FFmpeg draws it. It comes from a file: a name may hold anything, and nothing in it may be read as part of the filter. */
function text(file: string, px: number, colour: string, x: string, y: number): string {
  return `drawtext=font='${FONT}':textfile='${file}':expansion=none:fontsize=${px}:fontcolor=${colour}:x=${x}:y=${y}`;
}

/** FFmpeg's argument list for one raw picture of a card with two lines of text. */
export function cardArguments(size: Size, titleFile: string, lineFile: string): string[] {
  const { width, height } = size;
  const unit = Math.round(height / 18);
  return flatArguments(size, [
    `drawbox=x=${Math.round(width / 2 - unit)}:y=${Math.round(height * 0.4)}:w=${unit * 2}:h=${Math.max(2, Math.round(unit / 10))}:color=${ACCENT_COLOUR}:t=fill`,
    text(titleFile, unit, TITLE_COLOUR, '(w-text_w)/2', Math.round(height * 0.44)),
    text(lineFile, Math.round(unit * 0.6), LINE_COLOUR, '(w-text_w)/2', Math.round(height * 0.44 + unit * 1.7)),
  ]);
}

/** A plate with a bar at its left and two lines; the second may be empty. */
export function plateArguments(size: Size, titleFile: string, lineFile: string): string[] {
  const { height } = size;
  const left = String(Math.round(height * 0.3));
  return flatArguments(size, [
    `drawbox=x=0:y=0:w=${Math.max(2, even(height / 14))}:h=${height}:color=${ACCENT_COLOUR}:t=fill`,
    text(titleFile, titlePx(size), TITLE_COLOUR, left, Math.round(height * 0.16)),
    text(lineFile, Math.round(height * 0.24), LINE_COLOUR, left, Math.round(height * 0.58)),
  ]);
}

function flatArguments({ width, height }: Size, filters: readonly string[]): string[] {
  return [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', `color=c=${CARD_COLOUR}:s=${width}x${height}:r=1`,
    '-vf', [...filters, 'format=yuv420p'].join(','), '-frames:v', '1', '-f', 'rawvideo', 'pipe:1',
  ];
}

/** FFmpeg's argument list for an image: all of it inside `size` with nothing around it, or covering `size`. */
export function imageArguments(file: string, { width, height }: Size, fit: 'contain' | 'cover'): string[] {
  const contain = `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:${TV_COLOURS},format=yuva420p,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:color=black@0`;
  const cover = `scale=${width}:${height}:force_original_aspect_ratio=increase:force_divisible_by=2:${TV_COLOURS},crop=${width}:${height},format=yuv420p`;
  return [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-protocol_whitelist', 'file', '-f', 'image2', '-pattern_type', 'none', '-i', file,
    '-vf', fit === 'contain' ? contain : cover, '-frames:v', '1', '-f', 'rawvideo', '-protocol_whitelist', 'file,pipe', 'pipe:1',
  ];
}

export async function drawCard(size: Size, { title, line }: CardText, name: string, desk: Desk): Promise<Buffer> {
  const files = written(desk.folder, name, title, line);
  return await drawn(cardArguments(size, files.title, files.line), frameBytes(size), name, desk);
}

/** Course, teacher and date over the lower left of the program. */
export async function drawLowerThird(program: Size, { title, line }: CardText, name: string, desk: Desk): Promise<Overlay> {
  const size = { width: even(program.width * 0.46), height: even(program.height * 0.13) };
  const rect = { x: even(program.width * 0.04), y: program.height - size.height - even(program.height * 0.06), ...size };
  const room = (size.width - size.height * 0.5) / titlePx(size);
  const files = written(desk.folder, name, shortened(title, room), shortened(line, room * 1.4));
  const picture = await drawn(plateArguments(size, files.title, files.line), frameBytes(size), name, desk);
  return overlayFrom(Buffer.concat([picture, plateAlpha(picture, size)]), rect);
}

export async function drawLogo(file: string, rect: Rect, name: string, desk: Desk): Promise<Overlay> {
  const raw = await drawn(imageArguments(file, rect, 'contain'), frameBytes(rect) + rect.width * rect.height, name, desk);
  return overlayFrom(raw, rect);
}

export async function drawBackground(file: string, program: Size, name: string, desk: Desk): Promise<Buffer> {
  return await drawn(imageArguments(file, program, 'cover'), frameBytes(program), name, desk);
}

function titlePx({ height }: Size): number {
  return Math.round(height * 0.32);
}

/** What differs from the plate is a letter or the bar, and is not to shine through. */
function plateAlpha(picture: Buffer, { width, height }: Size): Buffer {
  const plate = picture[width - 1] as number;
  return Buffer.from(Uint8Array.from({ length: width * height }, (_, at) => Math.min(255, PLATE_ALPHA + Math.abs((picture[at] as number) - plate))));
}

/** To so many widths of an ideograph; other letters are taken to be half as wide. */
export function shortened(words: string, widths: number): string {
  let taken = 0;
  const fits = [...words].findIndex((letter) => {
    taken += (letter.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.5;
    return taken > widths;
  });
  return fits === -1 ? words : `${[...words].slice(0, Math.max(1, fits - 1)).join('').trimEnd()}…`;
}

function written(folder: string, name: string, title: string, line: string): { title: string; line: string } {
  const files = { title: join(folder, `${name}.title.txt`), line: join(folder, `${name}.line.txt`) };
  writeFileSync(files.title, title);
  // FFmpeg refuses an empty file.
  writeFileSync(files.line, line === '' ? ' ' : line);
  return files;
}

async function drawn(args: readonly string[], bytes: number, name: string, { signal }: Desk): Promise<Buffer> {
  for (let attempt = 1; ; attempt += 1) {
    const child = startChild('ffmpeg', args, { signal, name: `drawing-${name}`, stdio: ['ignore', 'pipe', 'pipe'] });
    // A class that starts has its course written on a card: the students' first picture comes before that.
    preferNoLonger(child.process.pid);
    const [picture, exit] = await Promise.all([buffer(child.process.stdout as Readable), child.exited]);
    if (exit.code === 0 && picture.length === bytes) return picture;
    // One that was killed says nothing about what it was to draw, which would be missing for the whole class.
    const wasKilled = exit.signal !== null && !signal.aborted;
    if (!wasKilled || attempt === ATTEMPTS_MAX) throw new CodedError('not_drawn', `${name} could not be drawn: ${exit.lastWords}`);
  }
}
