import { checker } from '#kit/process/check.ts';
import { IndexLine } from '../contract/recording-folder.ts';

const checkLine = checker(IndexLine, 'bad_index_line');

/**
 * The released fragments of a part, from the text of its index from byte `at` of the part on. A last line without its line feed is torn
 * and left for later (`consumed` counts the bytes before it); from the first line that is damaged or leaves a hole nothing is released.
 */
export function releasedLines(text: Buffer, at = 0): { lines: IndexLine[]; consumed: number } {
  const lines: IndexLine[] = [];
  let consumed = 0;
  for (let end = text.indexOf(LINE_FEED); end >= 0; end = text.indexOf(LINE_FEED, consumed)) {
    const line = readLine(text.toString('utf8', consumed, end));
    if (!line || line.offset !== at || line.bytes <= 0) break;
    lines.push(line);
    at += line.bytes;
    consumed = end + 1;
  }
  return { lines, consumed };
}

const LINE_FEED = 0x0a;

export function releasedBytes(lines: readonly IndexLine[]): number {
  const last = lines.at(-1);
  return last ? last.offset + last.bytes : 0;
}

function readLine(text: string): IndexLine | null {
  try {
    return checkLine(JSON.parse(text));
  } catch {
    // Not a line of ours: the caller stops before it, which is the answer to it.
    return null;
  }
}
