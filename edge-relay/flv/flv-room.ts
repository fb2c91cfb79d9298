/** Sends one room's packets to all its HTTP-FLV viewers. Each frame becomes a tag once a layer, and goes out in blocks that are written without a copy. */
import { aacFrame, flvHeader } from '#kit/media/flv.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import type { Room, RoomSink } from '../rooms/room.ts';
import { Delivery } from './delivery.ts';
import { type Block, Feed } from './feed.ts';
import { Timeline } from './timeline.ts';
import { FlvViewer, type FlvViewerOptions, type Wire } from './viewer.ts';

/** Tags of this long go out together: half of it is the delay it adds, and a write costs the same however much is in it. */
const MERGE_MS = 250;
/** Viewers stay this long with a room whose publisher is away; it mostly comes back. */
const PATIENCE_MS = 30_000;
/** Sound that is kept for the group of pictures that a viewer begins with. */
const SOUND_KEPT_US = 10_000_000;
const MOST_SOUND_KEPT = 512;

export interface FlvFigures {
  /** Pictures that were not sent to viewers who were behind. */
  readonly picturesLeftOut: number;
  /** Viewers who were let go because they read nothing. */
  readonly letGo: number;
}

export class FlvRoom implements RoomSink {
  readonly name = 'flv';
  readonly #room: Room;
  readonly #nowMs: () => number;
  readonly #viewers = new Set<FlvViewer>();
  readonly #feeds = new Map<string, Feed>();
  readonly #delivery = new Delivery();
  #timeline = new Timeline();
  /** The newest AAC packets. */
  #sound: AudioPacket[] = [];
  #hasSound = false;
  #figures: FlvFigures = { picturesLeftOut: 0, letGo: 0 };

  constructor(room: Room, nowMs: () => number) {
    this.#room = room;
    this.#nowMs = nowMs;
  }

  sizeOf(protocol: FlvViewerOptions['protocol']): number {
    return [...this.#viewers].filter((viewer) => viewer.protocol === protocol).length;
  }

  get queuedBytes(): number {
    return [...this.#viewers].reduce((sum, { wire }) => sum + wire.queuedBytes, 0);
  }

  get figures(): FlvFigures {
    return this.#figures;
  }

  /** Whether a viewer who asks now has something to see: a publisher's pictures, or those of one that may be back in a moment. */
  ready(): boolean {
    const idleMs = this.#room.idleMs();
    return (idleMs === null || idleMs < PATIENCE_MS) && this.#room.layers().length > 0;
  }

  /** Null where there is no layer to send; the wire is then ended. */
  add(wire: Wire, options: FlvViewerOptions): FlvViewer | null {
    const layer = this.#bestFor(options.wanted);
    if (layer === null) {
      wire.end();
      return null;
    }
    const viewer = new FlvViewer(wire, this.#feeds.get(layer) ?? this.#seeded(layer), options);
    viewer.begin(flvHeader({ video: true, audio: this.#hasSound }));
    this.#viewers.add(viewer);
    wire.onClosed(() => this.#forget(viewer));
    this.#room.keyframeWanted(layer);
    return viewer;
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'video') return this.#writeVideo(packet);
    this.#hasSound = true;
    if (packet.codec !== 'aac') return;
    this.#keepSound(packet);
    this.#writeAudio(packet);
  }

  publisherChanged(): void {
    this.#timeline.break();
    for (const feed of this.#feeds.values()) feed.break();
    this.#sound = [];
    this.#hasSound = false;
  }

  /** An account's right to watch is gone: what is queued for it does not go out any more. */
  dismiss(account: string): void {
    for (const viewer of this.#viewers) if (viewer.account === account) viewer.wire.destroy();
  }

  accounts(): ReadonlySet<string> {
    return new Set([...this.#viewers].map(({ account }) => account));
  }

  /** Called now and then: nobody waits for a publisher that stays away. */
  tick(): void {
    const idleMs = this.#room.idleMs();
    if (this.#viewers.size > 0 && idleMs !== null && idleMs >= PATIENCE_MS) this.close();
  }

  /** Ends every response, after all that came. */
  close(): void {
    this.#flush();
    for (const { wire } of this.#viewers) wire.end();
  }

  #writeVideo(packet: VideoPacket): void {
    if (this.#viewers.size === 0) return;
    if (packet.keyframe) this.#move(packet.layer);
    const feed = this.#feeds.get(packet.layer);
    const timestampMs = feed === undefined ? null : this.#timeline.at(packet.captureUs, packet.keyframe);
    if (feed !== undefined && timestampMs !== null) this.#push(feed, packet, timestampMs);
  }

  #push(feed: Feed, packet: VideoPacket, timestampMs: number): void {
    const { baseUs } = this.#timeline;
    const layer = this.#room.layers().find(({ id }) => id === packet.layer);
    if (baseUs !== null && layer !== undefined) feed.video(packet, timestampMs, { baseUs, width: layer.width, height: layer.height });
  }

  #writeAudio(packet: AudioPacket): void {
    const timestampMs = this.#viewers.size === 0 ? null : this.#timeline.at(packet.captureUs, false);
    if (timestampMs === null) return;
    const frame = aacFrame(timestampMs, packet.data);
    for (const feed of this.#feeds.values()) feed.audio(frame, packet.channels);
  }

  /** At a keyframe: whose layer has stopped goes on with one that flows, and returns to the better one when that is back. */
  #move(layer: string): void {
    const movers = [...this.#viewers].filter((viewer) => viewer.feed.layer !== layer && this.#bestFor(viewer.wanted) === layer);
    if (movers.length === 0) return;
    this.#flush();
    const feed = this.#feeds.get(layer) ?? this.#feed(layer);
    for (const viewer of movers) {
      const { feed: before } = viewer;
      viewer.moveTo(feed);
      this.#closeUnwatched(before);
    }
  }

  #bestFor(wanted: string | null): string | null {
    const layers = this.#room.layers();
    return (layers.find(({ id }) => id === wanted) ?? layers[0])?.id ?? null;
  }

  #feed(layer: string): Feed {
    const feed: Feed = new Feed({ layer, mergeMs: MERGE_MS, onBlock: (block) => this.#deliver(feed, block) });
    this.#feeds.set(layer, feed);
    return feed;
  }

  /** A feed that nobody watched until now, with the group of pictures that the room keeps and the sound that goes with it. */
  #seeded(layer: string): Feed {
    const pictures = this.#room.gop(layer);
    const beginUs = pictures[0]?.captureUs ?? Infinity;
    if (this.#feeds.size === 0) {
      this.#timeline = new Timeline();
      if (pictures.length > 0) this.#timeline.at(beginUs, true);
    }
    const feed = this.#feed(layer);
    const sound = this.#sound.filter(({ captureUs }) => captureUs >= beginUs);
    for (const packet of [...pictures, ...sound].sort((a, b) => a.captureUs - b.captureUs)) {
      const timestampMs = this.#timeline.place(packet.captureUs);
      if (packet.kind === 'video') this.#push(feed, packet, timestampMs);
      else feed.audio(aacFrame(timestampMs, packet.data), packet.channels);
    }
    feed.flush();
    return feed;
  }

  #deliver(feed: Feed, block: Block): void {
    const viewers = [...this.#viewers].filter((viewer) => viewer.feed === feed);
    if (viewers.length > 0) this.#delivery.add(viewers, (viewer) => this.#give(viewer, block));
  }

  #give(viewer: FlvViewer, block: Block): void {
    if (!this.#viewers.has(viewer)) return;
    const outcome = viewer.take(block, this.#nowMs());
    if (outcome === 'sent') return;
    const { picturesLeftOut, letGo } = this.#figures;
    this.#figures = { picturesLeftOut: picturesLeftOut + block.pictures, letGo: letGo + (outcome === 'let-go' ? 1 : 0) };
  }

  #keepSound(packet: AudioPacket): void {
    this.#sound.push(packet);
    const oldestUs = packet.captureUs - SOUND_KEPT_US;
    if (this.#sound.length > MOST_SOUND_KEPT || (this.#sound[0]?.captureUs ?? oldestUs) < oldestUs) this.#sound.shift();
  }

  #forget(viewer: FlvViewer): void {
    this.#viewers.delete(viewer);
    this.#closeUnwatched(viewer.feed);
  }

  #closeUnwatched(feed: Feed): void {
    for (const viewer of this.#viewers) if (viewer.feed === feed) return;
    feed.close();
    this.#feeds.delete(feed.layer);
  }

  #flush(): void {
    for (const feed of this.#feeds.values()) feed.flush();
    this.#delivery.finish();
  }
}
