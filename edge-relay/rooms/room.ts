/**
 * One room: one publisher in, any number of sinks out. Everything it says of itself follows from packets that came.
 */
import type { Clock } from '#kit/media/clock.ts';
import type { AudioPacket, MediaPacket, PacketSink, VideoPacket } from '#kit/media/packet.ts';
import { CodedError } from '#kit/process/errors.ts';
import { IngestMeter } from './ingest-meter.ts';
import { Layers, type Layer } from './layers.ts';

/** A publisher whose connection broke has the room kept for it, and continues the same playlists, when it is back within this time. */
export const RETURNS_WITHIN_MS = 30_000;
/** Media younger than this means live. */
const LIVE_MS = 3_000;
/** A viewer's wish for a keyframe is passed on only where the publisher doesn't send one a second anyway, as our boxes do. */
const REGULAR_GOP_US = 1_200_000;
/** HLS cuts at keyframes, so a publisher that sends none by itself (a browser) is asked for one. */
const WANTED_GOP_US = 2_000_000;

/** What a publishing key says of who shows it. */
export interface PublishRight {
  /** Subject of the key: the same box may take over from itself. */
  readonly owner: string;
  /** The higher takes the room from the lower; equals don't from one another. */
  readonly rank: number;
}

export interface Publisher extends PublishRight {
  readonly protocol: 'whip' | 'rtmp';
  /** Asks for a keyframe; limits itself to one in 500 ms. Does nothing where the protocol has no way to ask. */
  requestKeyframe(layer: string): void;
  /** The room is no longer this publisher's. */
  dismiss(reason: string): void;
}

export interface Publication {
  write(packet: MediaPacket): void;
  /** `classOver`: the publisher said that nothing more comes; otherwise it may be back in a moment. Twice is harmless. */
  end(options?: { readonly classOver: boolean }): void;
}

export interface RoomSink extends PacketSink {
  /** What follows comes from another publisher, or from the same after a break. */
  publisherChanged(): void;
}

/** A rendition as it comes in, and what of it is held for those who join. */
export interface LayerState {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly profileLevelId: string;
  readonly fps: number;
  readonly bitrateKbps: number;
  readonly gop: { readonly frames: number; readonly bytes: number; readonly ms: number };
}

/** One form of the room's sound. */
export interface SoundState {
  readonly codec: AudioPacket['codec'];
  readonly channels: 1 | 2;
  /** Made here, for those who take no other. */
  readonly converted: boolean;
  /** Null of what is made here. */
  readonly bitrateKbps: number | null;
}

export interface IngestState {
  readonly protocol: 'whip' | 'rtmp' | 'none';
  readonly lastMediaAtMs: number | null;
  readonly bytes: number;
  readonly packets: number;
  readonly delayMs: number;
  readonly layers: readonly { readonly id: string; readonly width: number; readonly height: number; readonly bitrateKbps: number }[];
}

export class Room {
  readonly name: string;
  readonly #clock: Clock;
  readonly #sinks = new Set<RoomSink>();
  readonly #liveListeners = new Set<(live: boolean) => void>();
  readonly #comingListeners = new Set<() => void>();
  readonly #layers = new Layers();
  readonly #meter = new IngestMeter();
  /** The publisher's own first. */
  readonly #sounds = new Map<AudioPacket['codec'], AudioPacket['channels']>();
  #publisher: Publisher | null = null;
  /** Who published last and did not say that it was over. */
  #holder: PublishRight | null = null;
  #endedAtMs: number | null = null;
  #live = false;
  #classOver = false;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** @throws CodedError 409 `already_publishing` unless it is the same owner or one with a higher right; the older connection is then dismissed */
  publish(publisher: Publisher): Publication {
    this.demandFreeFor(publisher);
    const previous = this.#publisher;
    this.#publisher = publisher;
    this.#holder = { owner: publisher.owner, rank: publisher.rank };
    this.#endedAtMs = null;
    this.#classOver = false;
    this.#layers.clear();
    this.#sounds.clear();
    for (const sink of this.#sinks) sink.publisherChanged();
    previous?.dismiss(previous.owner === publisher.owner ? 'the same publisher connected again' : 'a publisher with a higher right took the room');
    if (this.coming) for (const listener of this.#comingListeners) listener();
    return {
      write: (packet) => {
        if (this.#publisher === publisher) this.#write(packet);
      },
      end: (options) => {
        if (this.#publisher !== publisher) return;
        this.#publisher = null;
        this.#endedAtMs = this.#clock.nowMs();
        this.#classOver = options?.classOver === true;
        if (!this.#classOver) return;
        this.#holder = null;
        // Its last pictures are not for those who come for the next class.
        this.#layers.clear();
        this.#sounds.clear();
        this.#setLive(false);
      },
    };
  }

  /** @throws CodedError 409 `already_publishing` where the room is another's */
  demandFreeFor({ owner, rank }: PublishRight): void {
    const holder = this.#present();
    if (holder === null || holder.owner === owner || holder.rank < rank) return;
    const words = this.#publisher === null ? 'Somebody else\'s connection to this room broke, and they have half a minute to come back. Try again then.' : 'Somebody else is publishing to this room. Stop that encoder first.';
    throw new CodedError('already_publishing', words, { status: 409 });
  }

  attach(sink: RoomSink): () => void {
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  onLive(listener: (live: boolean) => void): () => void {
    this.#liveListeners.add(listener);
    return () => this.#liveListeners.delete(listener);
  }

  /** A publisher came to a room that is not live yet. */
  onComing(listener: () => void): () => void {
    this.#comingListeners.add(listener);
    return () => this.#comingListeners.delete(listener);
  }

  /** For converters that make a second form of the publisher's sound. */
  distribute(packet: MediaPacket): void {
    if (packet.kind === 'audio') this.#sounds.set(packet.codec, packet.channels);
    for (const sink of this.#sinks) sink.write(packet);
  }

  get live(): boolean {
    return this.#live;
  }

  /**
   * Somebody publishes and the first picture is on its way: viewers who connect now lose no time when it is there. Of RTMP it is not said:
   * what profile of H.264 a foreign encoder sends is only known from its first keyframe, and a viewer's answer has to name it.
   */
  get coming(): boolean {
    return this.#publisher?.protocol === 'whip' && !this.#live;
  }

  /** The last publisher said that the class is over, and nobody has published since. */
  get classOver(): boolean {
    return this.#classOver;
  }

  /** Whose the room is, by the subject of the key: who publishes, or whose connection broke and who may come back; null where it is free. */
  get owner(): string | null {
    return this.#present()?.owner ?? null;
  }

  /** Who publishes now, by the subject of the key. */
  get publisher(): string | null {
    return this.#publisher?.owner ?? null;
  }

  /** Whose connection broke, and for whom the room is kept; null while somebody publishes. */
  get awaited(): string | null {
    return this.#publisher === null ? this.owner : null;
  }

  /** Largest first; empty until a publisher's first keyframes came. */
  layers(): readonly Layer[] {
    return this.#layers.all();
  }

  gop(layer: string): readonly VideoPacket[] {
    return this.#layers.get(layer)?.gop.frames() ?? [];
  }

  /** How long nobody has been publishing, ms; null while somebody is, Infinity where nobody ever was. */
  idleMs(): number | null {
    if (this.#publisher !== null) return null;
    return this.#endedAtMs === null ? Infinity : this.#clock.nowMs() - this.#endedAtMs;
  }

  /** A viewer can't decode: what the cache can't give is asked of the publisher. */
  keyframeWanted(layer: string): void {
    this.#askWhenOlderThan(layer, REGULAR_GOP_US);
  }

  ingest(): IngestState {
    const nowMs = this.#clock.nowMs();
    return {
      protocol: this.#publisher?.protocol ?? 'none',
      lastMediaAtMs: this.#meter.lastAtMs,
      bytes: this.#meter.bytes,
      packets: this.#meter.packets,
      delayMs: this.#meter.delayMs(nowMs),
      layers: this.#publisher === null ? [] : this.layerStates(),
    };
  }

  /** Also those of a publisher that may be back in a moment: what is held of them is given to who joins. */
  layerStates(): readonly LayerState[] {
    const nowMs = this.#clock.nowMs();
    return this.#layers.all().map(({ id, width, height, profileLevelId, gop }) => ({
      id, width, height, profileLevelId, fps: this.#meter.fps(id, nowMs), bitrateKbps: this.#meter.bitrateKbps(id, nowMs),
      gop: { frames: gop.frames().length, bytes: gop.bytes, ms: gop.ms },
    }));
  }

  soundStates(): readonly SoundState[] {
    const kbps = this.#meter.bitrateKbps(null, this.#clock.nowMs());
    return [...this.#sounds].map(([codec, channels], index) => ({ codec, channels, converted: index > 0, bitrateKbps: index > 0 ? null : kbps }));
  }

  /** Called about once a second: notices silence, asks lazy publishers for keyframes. */
  tick(): void {
    this.#setLive(this.#isFresh());
    if (this.#publisher === null) return;
    for (const layer of this.#layers.all()) this.#askWhenOlderThan(layer.id, WANTED_GOP_US);
  }

  /** The publisher has to go; it may connect again, here or elsewhere. The room is not kept for it. */
  dismissPublisher(reason: string): void {
    this.#holder = null;
    if (this.#publisher === null) return;
    this.#publisher.dismiss(reason);
    this.#publisher = null;
    this.#endedAtMs = this.#clock.nowMs();
  }

  /** Ends whatever is going on, at shutdown. */
  close(): void {
    this.dismissPublisher('the edge is shutting down');
  }

  /** Who publishes, or may come back. */
  #present(): PublishRight | null {
    const idleMs = this.idleMs();
    return idleMs === null || idleMs < RETURNS_WITHIN_MS ? this.#holder : null;
  }

  #write(packet: MediaPacket): void {
    this.#meter.add(packet, this.#clock.nowMs());
    if (packet.kind === 'video' && !this.#layers.push(packet)) {
      this.#publisher?.requestKeyframe(packet.layer);
      return;
    }
    this.distribute(packet);
    // A keyframe, not any packet: who comes because of this finds a picture at once.
    if (!this.#live && packet.kind === 'video' && packet.keyframe) this.#setLive(true);
  }

  #askWhenOlderThan(id: string, ageUs: number): void {
    const layer = this.#layers.get(id);
    const latestUs = layer?.gop.frames().at(-1)?.captureUs ?? Infinity;
    if (layer !== null && latestUs - layer.keyframeUs > ageUs) this.#publisher?.requestKeyframe(id);
  }

  #isFresh(): boolean {
    const lastMs = this.#meter.lastAtMs;
    return !this.#classOver && lastMs !== null && this.#clock.nowMs() - lastMs < LIVE_MS;
  }

  #setLive(live: boolean): void {
    if (live === this.#live) return;
    this.#live = live;
    for (const listener of this.#liveListeners) listener(live);
  }
}
