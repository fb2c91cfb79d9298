/**
 * Playlists as text: RFC 8216bis (draft-pantos-hls-rfc8216bis-15). Pure builders. The target durations stay what they were in the first text of a playlist: whoever
 * makes the segments keeps to them.
 */
export interface PlaylistPart {
  readonly uri: string;
  readonly durationUs: number;
  /** Begins with a keyframe. */
  readonly independent: boolean;
}

export interface PlaylistSegment {
  readonly uri: string;
  /** Capture time of its first frame, µs since 1970. */
  readonly startUs: number;
  readonly durationUs: number;
  /** Discontinuity sequence number. */
  readonly era: number;
  readonly mapUri: string;
  readonly parts: readonly PlaylistPart[];
  /** False for the segment being written, which has parts but no end. */
  readonly complete: boolean;
  /** The track had no media here. */
  readonly gap: boolean;
}

export interface RenditionReport {
  readonly uri: string;
  readonly msn: number;
  readonly part: number;
}

export interface MediaPlaylist {
  /** No segment is longer, rounded to the nearest second (section 4.4.3.1). */
  readonly targetSeconds: number;
  readonly firstMsn: number;
  readonly segments: readonly PlaylistSegment[];
  /** Part expected next, or null when nothing will come. */
  readonly preloadHint: string | null;
  readonly reports: readonly RenditionReport[];
  readonly ended: boolean;
}

export interface Variant {
  readonly uri: string;
  readonly bandwidthBps: number;
  readonly codecs: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export interface AudioRendition {
  readonly uri: string;
  readonly channels: 1 | 2;
}

/** Longest part: five frames at 25 a second, six at 30, ten AAC frames, each above the 85 % of it that section 4.4.4.9 wants. */
export const PART_TARGET_US = 220_000;
/** Complete segments that still list their parts. Older than three target durations they are to go (section 4.4.4.9); players that come in need the last two or three. */
const SEGMENTS_WITH_PARTS = 3;
/** A delta update may leave out what is older than six target durations (section 4.4.3.8). */
const SKIP_TARGETS = 6;

/** Media playlist; with `skip`, a delta update where that saves anything. */
export function mediaPlaylist(playlist: MediaPlaylist, skip: boolean = false): string {
  const { targetSeconds: target } = playlist;
  const skipped = skip ? skippable(playlist.segments, target * SKIP_TARGETS * 1_000_000) : 0;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${target}`,
    ...serverControl(target),
    `#EXT-X-MEDIA-SEQUENCE:${playlist.firstMsn}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.segments[0]?.era ?? 0}`,
    ...(skipped > 0 ? [`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`] : []),
    ...segmentLines(playlist.segments, skipped),
    ...(playlist.preloadHint === null ? [] : [`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${playlist.preloadHint}"`]),
    ...playlist.reports.map((report) => `#EXT-X-RENDITION-REPORT:URI="${report.uri}",LAST-MSN=${report.msn},LAST-PART=${report.part}`),
    ...(playlist.ended ? ['#EXT-X-ENDLIST'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Multivariant playlist: one audio rendition, if any, beside every variant. Best variant first. `independent`: every segment begins with a keyframe. */
export function multivariantPlaylist(variants: readonly Variant[], sound: AudioRendition | null, independent: boolean): string {
  const audio = sound === null ? '' : ',AUDIO="audio"';
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9', ...(independent ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : [])];
  if (sound !== null) lines.push(`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Class",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${sound.channels}",URI="${sound.uri}"`);
  for (const variant of variants.toSorted((one, other) => other.bandwidthBps - one.bandwidthBps)) {
    const size = `RESOLUTION=${variant.width}x${variant.height},FRAME-RATE=${variant.fps.toFixed(3)}`;
    lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=${Math.ceil(variant.bandwidthBps)},CODECS="${variant.codecs.join(',')}",${size}${audio}`, variant.uri);
  }
  return `${lines.join('\n')}\n`;
}

/** Section 4.4.3.8: PART-HOLD-BACK is the three part targets that players are told to keep from the live edge. */
function serverControl(target: number): string[] {
  const control = `CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${seconds(PART_TARGET_US * 3)},CAN-SKIP-UNTIL=${(target * SKIP_TARGETS).toFixed(1)}`;
  return [`#EXT-X-SERVER-CONTROL:${control}`, `#EXT-X-PART-INF:PART-TARGET=${seconds(PART_TARGET_US)}`];
}

function segmentLines(segments: readonly PlaylistSegment[], skipped: number): string[] {
  const firstWithParts = segments.filter((segment) => segment.complete).length - SEGMENTS_WITH_PARTS;
  return segments.flatMap((segment, index) => {
    if (index < skipped) return [];
    const before = segments[index - 1];
    const lines: string[] = [];
    if (before !== undefined && before.era !== segment.era) lines.push('#EXT-X-DISCONTINUITY');
    if (index === skipped || before === undefined || before.mapUri !== segment.mapUri) lines.push(`#EXT-X-MAP:URI="${segment.mapUri}"`);
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startUs / 1000).toISOString()}`);
    if (index >= firstWithParts) lines.push(...segment.parts.map(partLine));
    return segment.complete ? [...lines, ...endLines(segment)] : lines;
  });
}

function endLines(segment: PlaylistSegment): string[] {
  return [...(segment.gap ? ['#EXT-X-GAP'] : []), `#EXTINF:${seconds(segment.durationUs)},`, segment.uri];
}

/** One picture of a slow screen share lasts longer than a part may: its sample says so, and its segment; the part is announced with the most that is allowed. */
function partLine(part: PlaylistPart): string {
  return `#EXT-X-PART:DURATION=${seconds(Math.min(part.durationUs, PART_TARGET_US))},URI="${part.uri}"${part.independent ? ',INDEPENDENT=YES' : ''}`;
}

/** How many of the oldest segments end further from the live edge than `untilUs`. */
function skippable(segments: readonly PlaylistSegment[], untilUs: number): number {
  let fromEdge = 0;
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    if (fromEdge >= untilUs) return index + 1;
    fromEdge += segments[index]?.durationUs ?? 0;
  }
  return 0;
}

function seconds(us: number): string {
  return (us / 1_000_000).toFixed(5);
}
