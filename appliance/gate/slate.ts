import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { frameBytes, type Size } from './i420.ts';

export interface SlateText {
  readonly title: string;
  readonly line: string;
}

const TITLE_COLOUR = '0xf2f4f7';
const LINE_COLOUR = '0x9aa4b2';
const ACCENT_COLOUR = '0x3d7eff';
/** One face for both of the product's languages; fontconfig takes what comes nearest where it is missing. */
const FONT = 'Noto Sans CJK SC';

/**
 * FFmpeg's argument list for one raw picture of a card with two lines of text. The texts come from files: a source's name may hold
 * anything, and nothing in it may be read as part of the filter.
 */
export function slateArguments(size: Size, titleFile: string, lineFile: string): string[] {
  const { width, height } = size;
  const unit = Math.round(height / 18);
  const text = (file: string, px: number, colour: string, y: number): string =>
    `drawtext=font='${FONT}':textfile='${file}':expansion=none:fontsize=${px}:fontcolor=${colour}:x=(w-text_w)/2:y=${y}`;
  const filters = [
    `drawbox=x=${Math.round(width / 2 - unit)}:y=${Math.round(height * 0.4)}:w=${unit * 2}:h=${Math.max(2, Math.round(unit / 10))}:color=${ACCENT_COLOUR}:t=fill`,
    text(titleFile, unit, TITLE_COLOUR, Math.round(height * 0.44)),
    text(lineFile, Math.round(unit * 0.6), LINE_COLOUR, Math.round(height * 0.44 + unit * 1.7)),
    'format=yuv420p',
  ];
  return [
    '-hide_banner', '-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', `color=c=0x14181f:s=${width}x${height}:r=1`,
    '-vf', filters.join(','), '-frames:v', '1', '-f', 'rawvideo', 'pipe:1',
  ];
}

/** Draws the card once. `name` keeps the text files in `folder` apart. */
export async function drawSlate(size: Size, text: SlateText, folder: string, name: string, signal: AbortSignal): Promise<Buffer> {
  const files = { title: join(folder, `${name}.title.txt`), line: join(folder, `${name}.line.txt`) };
  writeFileSync(files.title, text.title);
  writeFileSync(files.line, text.line);
  const args = slateArguments(size, files.title, files.line);
  const child = startChild('ffmpeg', args, { signal, name: `slate-${name}`, stdio: ['ignore', 'pipe', 'pipe'] });
  const [picture, exit] = await Promise.all([buffer(child.process.stdout as Readable), child.exited]);
  if (exit.code === 0 && picture.length === frameBytes(size)) return picture;
  throw new CodedError('no_slate', `The card for ${text.title} could not be drawn: ${exit.lastWords}`);
}
