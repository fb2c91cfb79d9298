import type { Played } from './player.ts';

/** What players say about themselves, or about nothing, with the reason why it is no fault of the stream. */
const HARMLESS: readonly { readonly line: RegExp; readonly because: string }[] = [
  { line: /Found duplicated MOOV Atom\. Skipped it/, because: 'FFmpeg 5.1 reads the initialisation segment again at every reload of the playlist' },
  { line: /hlsdemux2-\d+> error: Element requires a streams-aware context|Couldn't set hlsdemux2-\d+ to READY/, because: 'decodebin tries hlsdemux2 first, which it can not use, and then takes hlsdemux' },
  { line: /EXTINF duration \(0:00:02\.0\d+\) > TARGETDURATION \(0:00:02\.0+\)/, because: 'RFC 8216 section 4.3.3.1 rounds the duration before it compares' },
  { line: /^ +Last message repeated \d+ times$/, because: 'FFmpeg counts a line that stands before it' },
  { line: /buggy faad version, wrong nr of channels/, because: 'faad calls mono stereo, as it does with every file' },
];
/** A second more or less is how segments come. */
const DRIFT_MAX_SECONDS = 3;
/** Three segments are what a player that knows no parts keeps (RFC 8216 section 6.3.3), and one is being written. */
const BEHIND_MAX_SECONDS = 9;
const SHOWN_LINES = 5;

export const isHarmless = (line: string): boolean => HARMLESS.some((known) => known.line.test(line));

/** What went wrong, a sentence each: the same complaint many times is one. */
export function judge({ name, seconds, moved, behind, complaints }: Played): string[] {
  const broken: string[] = [];
  if (!(Math.abs(moved - seconds) <= DRIFT_MAX_SECONDS)) broken.push(`${name} played ${moved.toFixed(1)} s of the class in ${seconds.toFixed(1)} s`);
  if (!(behind <= BEHIND_MAX_SECONDS)) broken.push(`${name} was ${behind.toFixed(1)} s behind at the end`);
  const kinds = Map.groupBy(complaints.filter((line) => !isHarmless(line)), kindOf);
  for (const [kind, lines] of [...kinds].slice(0, SHOWN_LINES)) broken.push(`${name} said ${lines.length} times: ${lines[0] ?? kind}`);
  if (kinds.size > SHOWN_LINES) broken.push(`${name} said ${kinds.size - SHOWN_LINES} things more`);
  return broken;
}

/** Without times, numbers and addresses. */
function kindOf(line: string): string {
  return line.replaceAll(/'[^']*'|0x[0-9a-f]+|[\d:.]+/g, '#');
}
