import { CodedError } from '#kit/process/errors.ts';
import type { Asker, Leave } from './asker.ts';
import { Changes } from './changes.ts';
import { formatName, parseName, type ResourceName, withQuery } from './names.ts';
import { type MediaPlaylist, mediaPlaylist, type PlaylistSegment, type RenditionReport } from './playlist.ts';
import type { Segment } from './segment-window.ts';
import type { Track } from './track.ts';

export interface MediaRequest {
  /** `_HLS_msn` and `_HLS_part`: answer when the playlist has this part. */
  readonly msn?: number;
  readonly part?: number;
  /** `_HLS_skip=YES`. */
  readonly skip?: boolean;
}

export interface HlsResource {
  /** The same for everybody who asks. */
  readonly body: Buffer;
  readonly contentType: string;
  /** For how long others may be given the same. */
  readonly maxAgeSeconds: number;
}

/** What goes behind an address of what belongs to the segment of this number. */
export type SegmentQuery = (segment: number) => string;

/** Of the target duration: later than that a blocked request is answered 503 (RFC 8216bis section 6.2.5.2). */
const BLOCK_TARGETS = 3;
/** Segments never change; caches may keep them for as long as a player can want them. */
const MAX_AGE_SECONDS = 300;
/** Appendix B.1: six target durations for a playlist that was waited for, half of one at most for another. */
const BLOCKING_AGE_TARGETS = 6;
const PLAIN_AGE_SECONDS = 1;
const PLAYLIST = 'application/vnd.apple.mpegurl';
/** The first segment of an era is short; it does not tell how long the next will be. */
const SHORTEST_USUAL_US = 1_900_000;

/** Answers requests about one track: playlists and bytes, at once or when they come to be. */
export class TrackServer {
  readonly track: Track;
  readonly #changes = new Changes<HlsResource>();
  /** With and without skip, for those who waited and those who did not. */
  readonly #rendered = new Map<number, { readonly playlist: HlsResource; readonly reports: readonly RenditionReport[] }>();
  #ended = false;
  #abandoned = false;

  constructor(track: Track) {
    this.track = track;
  }

  /** Null where there is nothing to go on with. */
  get report(): Omit<RenditionReport, 'uri'> | null {
    return this.#abandoned ? null : this.track.window.edge;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** The present publisher does not send this track. Players that know no other have to learn of those there are: whoever asks for its playlist, or waits for it, is told. */
  abandon(): void {
    this.#abandoned = true;
    this.notify();
  }

  /** It is sent again: its playlist has gone on in gaps, so that players find their way. */
  takeUp(): void {
    this.#abandoned = false;
  }

  /** Something new can be fetched: whoever waits for it is answered. */
  notify(): void {
    this.#rendered.clear();
    this.#changes.notify();
  }

  end(): void {
    this.#ended = true;
    this.notify();
  }

  /** `query` goes behind the addresses of what belongs to a segment, the same at every time and for everybody who asks; `reports` is one and the same list until one changes. */
  playlist(request: MediaRequest, { query, reports }: { readonly query: SegmentQuery; readonly reports: () => readonly RenditionReport[] }, asker: Asker<HlsResource>): Leave {
    checkRequest(request, this.track.window.last?.msn ?? 0);
    const check = (): HlsResource | null => {
      if (this.#abandoned && !this.#ended) throw noTrack();
      return this.#ended || this.#reaches(request) ? this.#render(request, query, reports()) : null;
    };
    return this.#changes.ask(`${request.msn}.${request.part}.${request.skip === true}`, { check, withinMs: this.#blockMs, late: noMedia }, asker);
  }

  get #blockMs(): number {
    return BLOCK_TARGETS * this.track.targetSeconds * 1_000;
  }

  /** The end is told to those who ask for what will never come, and not along with the last parts, so that those are still fetched. */
  #tellsEnd(request: MediaRequest): boolean {
    return this.#ended && (request.msn === undefined || !this.#reaches(request));
  }

  resource(text: string, asker: Asker<HlsResource>): Leave {
    const name = parseName(text);
    if (name === null) throw notFound();
    return this.#changes.ask(text, { check: () => this.#lookUp(name), withinMs: this.#blockMs, late: notFound }, asker);
  }

  /** Bytes, or null for the part expected next; throws where nothing is to be waited for. */
  #lookUp(name: ResourceName): HlsResource | null {
    const { window } = this.track;
    if (name.kind === 'init') return this.#asResource(window.init(name.index) ?? raise(notFound()));
    const segment = window.find(name.msn);
    if (name.kind === 'segment') return this.#asResource(segment?.body ?? raise(notFound()));
    const body = segment?.parts[name.part]?.body;
    if (body !== undefined) return this.#asResource(body);
    return this.#isExpected(name) ? null : raise(notFound());
  }

  #asResource(body: Buffer): HlsResource {
    return { body, contentType: this.track.mp4.kind === 'h264' ? 'video/mp4' : 'audio/mp4', maxAgeSeconds: MAX_AGE_SECONDS };
  }

  #isExpected(name: { msn: number; part: number }): boolean {
    const { last } = this.track.window;
    if (this.#ended || last === null) return false;
    if (name.msn === last.msn + 1) return name.part === 0;
    return name.msn === last.msn && !last.complete && name.part === last.parts.length;
  }

  /** RFC 8216bis section 6.2.5.2; a part beyond a segment's last stands for the first of the next. */
  #reaches(request: MediaRequest): boolean {
    const { window } = this.track;
    const { edge, last } = window;
    if (edge === null || last === null || !window.playable) return false;
    if (request.msn === undefined || edge.msn > request.msn) return true;
    if (last.gap) return last.msn >= request.msn;
    if (request.part === undefined) return last.complete && last.msn >= request.msn;
    return edge.msn === request.msn && edge.part >= request.part;
  }

  /** All viewers of a track get the same text: it is made once a change, here or of what is reported of other tracks. */
  #render(request: MediaRequest, query: SegmentQuery, reports: readonly RenditionReport[]): HlsResource {
    const [skip, ended, blocking] = [request.skip === true && !this.#ended, this.#tellsEnd(request), request.msn !== undefined];
    const key = Number(skip) + 2 * Number(ended) + 4 * Number(blocking);
    const known = this.#rendered.get(key);
    if (known?.reports === reports) return known.playlist;
    const text = mediaPlaylist({ ...this.#describe(query, reports), ended }, skip);
    const playlist = { body: Buffer.from(text), contentType: PLAYLIST, maxAgeSeconds: blocking ? BLOCKING_AGE_TARGETS * this.track.targetSeconds : PLAIN_AGE_SECONDS };
    this.#rendered.set(key, { playlist, reports });
    return playlist;
  }

  #describe(query: SegmentQuery, reports: readonly RenditionReport[]): Omit<MediaPlaylist, 'ended'> {
    const { listed } = this.track.window;
    // An open segment without a part has nothing to say yet.
    const segments = listed.filter((segment) => segment.complete || segment.parts.length > 0);
    return {
      targetSeconds: this.track.announceTarget(),
      firstMsn: segments[0]?.msn ?? 0,
      segments: segments.map((segment) => describeSegment(segment, query, this.track.window.initSince(segment.init))),
      preloadHint: this.#ended ? null : this.#hintUri(query),
      reports: this.#ended ? [] : reports,
    };
  }

  #hintUri(query: SegmentQuery): string {
    const hint = this.#hint();
    return withQuery(formatName(hint), query(hint.msn));
  }

  /** The next part: of the open segment, or of the next one where this one is as long as the one before it. */
  #hint(): Extract<ResourceName, { kind: 'part' }> {
    const { listed, open, last } = this.track.window;
    const before = listed.findLast((segment) => segment.complete);
    if (open === null || (before !== undefined && open.durationUs >= Math.max(before.durationUs, SHORTEST_USUAL_US))) return { kind: 'part', msn: (last?.msn ?? 0) + 1, part: 0 };
    return { kind: 'part', msn: open.msn, part: open.parts.length };
  }
}

/** `initSince`: the first segment that needed this initialisation segment, whose name alone is not its own after a restart. */
function describeSegment(segment: Segment, queryOf: SegmentQuery, initSince: number): PlaylistSegment {
  const { msn, startUs, durationUs, era, complete, gap } = segment;
  const query = queryOf(msn);
  const uri = withQuery(formatName({ kind: 'segment', msn }), query);
  const parts = segment.parts.map((part, index) => ({
    uri: withQuery(formatName({ kind: 'part', msn, part: index }), query),
    durationUs: part.durationUs,
    independent: part.independent,
  }));
  return { uri, startUs, durationUs, era, mapUri: withQuery(formatName({ kind: 'init', index: segment.init }), queryOf(initSince)), parts, complete, gap };
}

/** Section 6.2.5.2: part without segment, or a segment more than two ahead, is the player's mistake. */
function checkRequest(request: MediaRequest, lastMsn: number): void {
  if (request.part !== undefined && request.msn === undefined) throw badRequest('_HLS_part needs _HLS_msn.');
  if (request.msn !== undefined && request.msn > lastMsn + 2) throw badRequest(`_HLS_msn is too far ahead; the newest segment is ${lastMsn}.`);
}

function badRequest(message: string): CodedError {
  return new CodedError('bad_request', message, { status: 400 });
}

function noMedia(): CodedError {
  return new CodedError('no_media', 'The class sends nothing at the moment. Ask again.', { status: 503, details: { retryAfterMs: 1000 } });
}

export function noTrack(): CodedError {
  return new CodedError('not_found', 'This class has no such track. Load the playlist again.', { status: 404 });
}

function notFound(): CodedError {
  return new CodedError('not_found', 'There is no such part of this class, or no longer. Load the playlist again.', { status: 404 });
}

function raise(error: Error): never {
  throw error;
}
