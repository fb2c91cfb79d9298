/** What a light player needs of a media playlist of LL-HLS (draft-pantos-hls-rfc8216bis). Pure. */
export interface ListedPiece {
  readonly uri: string;
  /** By EXT-X-PROGRAM-DATE-TIME. */
  readonly startUs: number;
  readonly durationUs: number;
}

export interface MediaList {
  /** Oldest first: parts where they are listed, whole segments before. */
  readonly pieces: readonly ListedPiece[];
  /** Query that waits for the next part; null where nothing more comes. */
  readonly next: string | null;
}

export function readMediaList(text: string): MediaList {
  const pieces: ListedPiece[] = [];
  let [atUs, segmentUs, hasParts, durationUs] = [0, 0, false, 0];
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) [atUs, segmentUs, hasParts] = [Date.parse(line.slice(25)) * 1000, Date.parse(line.slice(25)) * 1000, false];
    else if (line.startsWith('#EXT-X-PART:')) {
      const partUs = Number(/DURATION=([\d.]+)/.exec(line)?.[1]) * 1e6;
      pieces.push({ uri: /URI="([^"]+)"/.exec(line)?.[1] ?? '', startUs: atUs, durationUs: partUs });
      [atUs, hasParts] = [atUs + partUs, true];
    } else if (line.startsWith('#EXTINF:')) durationUs = Number.parseFloat(line.slice(8)) * 1e6;
    else if (line !== '' && !line.startsWith('#') && !hasParts) pieces.push({ uri: line, startUs: segmentUs, durationUs });
  }
  const [, msn, part] = /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-(\d+)\.(\d+)/.exec(text) ?? [];
  return { pieces, next: msn === undefined ? null : `&_HLS_msn=${msn}&_HLS_part=${part}` };
}
