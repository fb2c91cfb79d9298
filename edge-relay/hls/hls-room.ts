import { codecString, type Mp4Track } from '#kit/media/fmp4.ts';
import { annexBToAvcc, parameterSetsOf, stripParameterSets } from '#kit/media/h264.ts';
import type { Clock } from '#kit/media/clock.ts';
import type { AudioPacket, MediaPacket, PacketSink, VideoPacket } from '#kit/media/packet.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Asker, Leave } from './asker.ts';
import { AUDIO, withQuery } from './names.ts';
import { multivariantPlaylist, type RenditionReport, type Variant } from './playlist.ts';
import { Silence } from './silence.ts';
import { SegmentTimeline, type Boundary } from './timeline.ts';
import { type HlsResource, type MediaRequest, noTrack, type SegmentQuery, TrackServer } from './track-server.ts';
import { Track, type TrackSample } from './track.ts';
import { readVideoConfig, sameSets, type VideoConfig, videoTrack } from './video-config.ts';

export interface HlsLayer {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
}

export interface HlsRoomOptions {
  readonly room: string;
  /** What is known of the ladder beforehand; layers and their sizes are learned from the stream, bit rates are at least these. */
  readonly layers?: readonly HlsLayer[];
  readonly clock: Clock;
}

export interface DvrTrack {
  readonly id: string;
  readonly codec: string;
  readonly seconds: number;
  readonly bytes: number;
}

export interface MediaQuery {
  /** Put behind the playlist addresses in rendition reports. Empty (advised) makes one text for all viewers, which a cache may share. */
  readonly playlist: string;
  /** Put behind parts, segments and initialisation segments: the room's signature for that segment, the same at every time. */
  readonly part: SegmentQuery;
}

interface VideoRendition {
  readonly server: TrackServer;
  config: VideoConfig;
  lastSeenMs: number;
}

const MAX_LAYERS = 8;
const LAYER_ID = /^[\w-]{1,32}$/;
/** A layer that sent nothing for this long is not offered to new viewers. */
const LAYER_GONE_MS = 5_000;
/** A layer that is silent for this long while others go on is passed over in its own playlist. */
const LAYER_PAUSED_MS = 1_500;
/** A layer of the publisher before that this one has not sent by then is not coming back: a box that goes on by RTMP has one layer alone. */
const LAYER_BACK_MS = 3_000;
/** Media that a player wants before it can begin: the hold-back and a part more. */
const READY_US = 1_000_000;
/** How long the first viewers wait for sound to turn up before the class is offered without. */
const WAIT_FOR_AUDIO_US = 3_000_000;

/**
 * Packs the packets of one room for LL-HLS: H.264 layers and AAC, each a track of its own, parts of about 200 ms, segments of whole
 * GOPs of about 2 s, the last 36 s in memory. Opus is not for HLS and is passed over. Never blocks its bus.
 */
export class HlsRoom implements PacketSink {
  readonly name: string;
  readonly #clock: Clock;
  readonly #layers: readonly HlsLayer[];
  readonly #timeline = new SegmentTimeline();
  readonly #video = new Map<string, VideoRendition>();
  /** What each track is told of the others, until one of them changes. */
  readonly #reported = new Map<string, readonly RenditionReport[]>();
  readonly #silence = new Silence();
  #audio: TrackServer | null = null;
  #era = { number: -1, sinceMs: 0 };
  #closed = false;

  constructor(options: HlsRoomOptions) {
    this.name = `hls:${options.room}`;
    this.#clock = options.clock;
    this.#layers = options.layers ?? [];
  }

  write(packet: MediaPacket): void {
    if (this.#closed) return;
    if (packet.kind === 'video') this.#writeVideo(packet);
    else if (packet.codec === 'aac') this.#writeAudio(packet);
  }

  /** The publisher changed: what follows does not continue what was. */
  discontinuity(): void {
    this.#timeline.breakAtNextKeyframe();
    for (const server of this.#servers()) if (server.track.finish()) this.#changed(server);
  }

  /** Whether a viewer who asks now can begin at once, with sound where the room has any. */
  ready(): boolean {
    const shown = Math.max(0, ...this.#live().map(({ server }) => server.track.window.coveredUs));
    const sound = this.#audio === null ? shown >= WAIT_FOR_AUDIO_US : this.#audio.track.window.playable;
    return shown >= READY_US && sound;
  }

  /** Multivariant playlist; `query` (the viewer's token) goes behind every playlist address in it. */
  multivariant(query: string): string {
    const variants = this.#live().map((rendition) => this.#variant(rendition, query));
    if (variants.length === 0) throw new CodedError('not_live', 'The class has not begun, or is over.', { status: 404, details: { retryAfterMs: 1000 } });
    const channels = this.#channels;
    return multivariantPlaylist(variants, channels === null ? null : { uri: withQuery(`${AUDIO}/index.m3u8`, query), channels }, this.#timeline.independent);
  }

  /** How far back each track can be watched, and the memory it takes. */
  dvr(): readonly DvrTrack[] {
    return this.#servers().map(({ track: { id, mp4, window } }) => ({ id, codec: codecString(mp4), seconds: window.coveredUs / 1_000_000, bytes: window.bytes }));
  }

  /** @throws CodedError where there is nothing to wait for */
  media(track: string, request: MediaRequest, query: MediaQuery, asker: Asker<HlsResource>): Leave {
    return this.#server(track).playlist(request, { query: query.part, reports: () => this.#reports(track, query.playlist) }, asker);
  }

  /** `720p/part-12.3.m4s` and the like. A part that is announced and not there yet is waited for. @throws CodedError `not_found` */
  resource(name: string, asker: Asker<HlsResource>): Leave {
    const slash = name.indexOf('/');
    return this.#server(name.slice(0, Math.max(0, slash))).resource(name.slice(slash + 1), asker);
  }

  /** The class is over: playlists end, waiting requests are answered, nothing more is taken. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const server of this.#servers()) {
      server.track.finish();
      this.#reported.clear();
      server.end();
    }
  }

  #writeVideo(packet: VideoPacket): void {
    const rendition = packet.keyframe ? this.#prepare(packet) : this.#video.get(packet.layer);
    if (rendition === undefined) return;
    rendition.lastSeenMs = this.#clock.nowMs();
    rendition.server.takeUp();
    const boundary = this.#timeline.video(packet.captureUs, packet.keyframe);
    if (this.#timeline.breaking) return;
    this.#noteEra();
    if (packet.keyframe && boundary !== null) this.#passOverSilent(boundary);
    // avc1 keeps parameter sets in the initialisation segment alone (ISO/IEC 14496-15 section 5.4.2).
    this.#push(rendition.server, { ...packet, data: annexBToAvcc(stripParameterSets(packet.data)) }, boundary);
    this.#fillSound(packet.captureUs);
  }

  #noteEra(): void {
    const number = this.#timeline.latest?.era ?? -1;
    if (number !== this.#era.number) this.#era = { number, sinceMs: this.#clock.nowMs() };
  }

  #passOverSilent(boundary: Boundary): void {
    const nowMs = this.#clock.nowMs();
    for (const { server, lastSeenMs } of this.#video.values()) {
      if (lastSeenMs < nowMs - LAYER_PAUSED_MS && server.track.passOver(boundary)) this.#changed(server);
      if (lastSeenMs < this.#era.sinceMs && nowMs - this.#era.sinceMs >= LAYER_BACK_MS && !server.abandoned) this.#abandon(server);
    }
  }

  #abandon(server: TrackServer): void {
    this.#reported.clear();
    server.abandon();
  }

  #writeAudio(packet: AudioPacket): void {
    if (this.#timeline.breaking) return;
    const boundary = this.#timeline.at(packet.captureUs);
    if (boundary === null) return;
    if (this.#audio === null) this.#audio = new TrackServer(new Track(AUDIO, aacTrack(packet.channels), this.#timeline));
    else if (this.#channels !== packet.channels) this.#turnTo(packet.channels, this.#audio.track, boundary);
    if (this.#timeline.breaking) return;
    for (const silent of this.#silence.heard(packet)) this.#pushSound(silent);
    this.#pushSound(packet);
  }

  /** Another number of channels begins a new era for the whole room, unless this is its first sound in one. */
  #turnTo(channels: 1 | 2, track: Track, boundary: Boundary): void {
    track.configure(aacTrack(channels));
    if (track.window.last?.era === boundary.era) this.discontinuity();
  }

  /** Players show no picture without the sound that they were told of: where none comes, they get silence. */
  #fillSound(pictureUs: number): void {
    const [{ latest }, channels] = [this.#timeline, this.#channels];
    if (latest === null || channels === null) return;
    for (const silent of this.#silence.due(pictureUs, latest, channels)) this.#pushSound(silent);
  }

  #pushSound(packet: AudioPacket): void {
    if (this.#audio !== null) this.#push(this.#audio, { ...packet, keyframe: true }, this.#timeline.at(packet.captureUs));
  }

  get #channels(): 1 | 2 | null {
    const mp4 = this.#audio?.track.mp4;
    return mp4 === undefined || mp4.kind === 'h264' ? null : mp4.channels;
  }

  /** Learns a layer from its keyframe; another configuration begins a new era for the whole room. */
  #prepare(packet: VideoPacket): VideoRendition | undefined {
    const known = this.#video.get(packet.layer);
    const sets = parameterSetsOf(packet.data);
    if (sets === null || (known !== undefined && sameSets(known.config.sets, sets))) return known;
    const config = readVideoConfig(packet, sets);
    if (config === null) return known;
    if (known === undefined) return this.#learn(packet.layer, config);
    known.config = config;
    known.server.track.configure(videoTrack(sets));
    if (!this.#timeline.beginsAt(packet.captureUs)) this.discontinuity();
    return known;
  }

  #learn(layer: string, config: VideoConfig): VideoRendition | undefined {
    if (this.#video.size >= MAX_LAYERS || !LAYER_ID.test(layer) || layer === AUDIO) return undefined;
    const server = new TrackServer(new Track(layer, videoTrack(config.sets), this.#timeline));
    const rendition = { server, config, lastSeenMs: this.#clock.nowMs() };
    this.#video.set(layer, rendition);
    return rendition;
  }

  #variant({ server, config }: VideoRendition, query: string): Variant {
    const { id, mp4 } = server.track;
    const { width, height, fps } = config;
    const known = this.#layers.find((layer) => layer.id === id)?.bitrateKbps ?? 0;
    const sound = this.#audio;
    return {
      uri: withQuery(`${id}/index.m3u8`, query),
      bandwidthBps: Math.max(known * 1000, server.track.window.peakBps) + (sound === null ? 0 : sound.track.window.peakBps),
      codecs: [codecString(mp4), ...(sound === null ? [] : [codecString(sound.track.mp4)])],
      width, height, fps,
    };
  }

  #push(server: TrackServer, sample: TrackSample, boundary: Boundary | null): void {
    if (server.track.push(sample, boundary)) this.#changed(server);
  }

  #changed(server: TrackServer): void {
    this.#reported.clear();
    server.notify();
  }

  #reports(except: string, query: string): readonly RenditionReport[] {
    const key = `${except}?${query}`;
    const known = this.#reported.get(key);
    if (known !== undefined) return known;
    const reports = this.#servers().flatMap((server) => {
      const { report, track } = server;
      return report === null || track.id === except ? [] : [{ uri: withQuery(`../${track.id}/index.m3u8`, query), ...report }];
    });
    this.#reported.set(key, reports);
    return reports;
  }

  #live(): VideoRendition[] {
    const since = this.#clock.nowMs() - LAYER_GONE_MS;
    const seen = [...this.#video.values()].filter(({ server }) => server.track.window.playable && !server.abandoned);
    const live = seen.filter((rendition) => rendition.lastSeenMs >= since);
    // While everything is silent (a publisher that reconnects) the last known ladder stands.
    return live.length > 0 ? live : seen;
  }

  #server(id: string): TrackServer {
    const server = id === AUDIO ? this.#audio : this.#video.get(id)?.server;
    if (server === undefined || server === null) throw noTrack();
    return server;
  }

  #servers(): TrackServer[] {
    const video = [...this.#video.values()].map(({ server }) => server);
    return this.#audio === null ? video : [...video, this.#audio];
  }
}

function aacTrack(channels: 1 | 2): Mp4Track {
  return { kind: 'aac', trackId: 1, channels };
}
