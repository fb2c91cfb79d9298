import { readFileSync } from 'node:fs';
import { FlvTags } from '#kit/media/flv.ts';
import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import { captureEpoch } from '#kit/media/rtmp.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { AttachOptions, PacketBus } from '../bus/packet-bus.ts';
import { NO_WAY, type Connection, type ConnectionEvents, type OpenConnection, type UplinkTarget, type WayMeasured } from './connection.ts';
import { RtmpPublisher } from './rtmp-publisher.ts';

/** RTMP carries one rendition and AAC. */
export interface RtmpParts {
  readonly bus: PacketBus;
  /** What of the bus's cache is not sent. */
  readonly except?: AttachOptions['except'];
  readonly layer: string;
  /** PEM file of an authority to trust beside the public ones. */
  readonly authorityFile?: string | undefined;
}

/** About three seconds of 2.5 Mbps: then pictures are left out, up to a keyframe for which half of it is free. Sound goes on. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** With the publishing key, so it is never logged. */
export function publishAddress(address: string, token: string): string {
  return `${address}${address.includes('?') ? '&' : '?'}key=${encodeURIComponent(token)}`;
}

/** RTMP, over TLS where `way` says so. Nothing is encoded again. */
export function rtmpOpener(parts: RtmpParts, way: 'rtmp' | 'rtmps'): OpenConnection {
  return (target, events) => {
    const connection = new RtmpConnection(parts, events);
    connection.start(target[way] ?? '', target);
    return connection;
  };
}

class RtmpConnection implements Connection {
  readonly #events: ConnectionEvents;
  readonly #parts: RtmpParts;
  #publisher: RtmpPublisher | null = null;
  #sink: RtmpSink | null = null;
  #detach: () => void = () => undefined;
  #over = false;

  constructor(parts: RtmpParts, events: ConnectionEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  start(address: string, { token }: UplinkTarget): void {
    const failed = (reason: string): void => this.#failed(reason.replaceAll(token, '…'));
    try {
      const { authorityFile } = this.#parts;
      const authority = authorityFile === undefined ? null : readFileSync(authorityFile, 'utf8');
      this.#publisher = new RtmpPublisher(publishAddress(address, token), { published: () => this.#published(), failed }, authority);
    } catch (thrown) {
      queueMicrotask(() => failed(reasonOf(thrown)));
    }
  }

  bytesSent(): number {
    return this.#sink === null ? 0 : (this.#publisher?.sentBytes ?? 0);
  }

  framesLeftOut(): number {
    return this.#sink?.leftOut ?? 0;
  }

  measured(): WayMeasured {
    return { ...NO_WAY, transport: 'tcp', layers: [this.#parts.layer] };
  }

  async close({ classOver }: { readonly classOver: boolean }): Promise<void> {
    this.#over = true;
    this.#detach();
    if (classOver) await this.#publisher?.close();
    else this.#publisher?.abandon();
  }

  #published(): void {
    const publisher = this.#publisher;
    if (this.#over || publisher === null) return;
    this.#sink = new RtmpSink(publisher, this.#parts.layer);
    const { bus, except } = this.#parts;
    this.#detach = bus.attach(this.#sink, { fromCache: true, except });
    this.#events.connected();
  }

  #failed(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#detach();
    this.#events.failed(`the edge does not take the class over RTMP either: ${reason}.`);
  }
}

/** One rendition and the AAC sound as FLV tags, behind a word about when the first was captured. */
class RtmpSink implements PacketSink {
  readonly name = 'rtmp';
  readonly #publisher: RtmpPublisher;
  readonly #layer: string;
  readonly #flv = new FlvTags();
  #isDated = false;
  #isDropping = false;
  #leftOut = 0;

  constructor(publisher: RtmpPublisher, layer: string) {
    this.#publisher = publisher;
    this.#layer = layer;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'video' && (packet.layer !== this.#layer || !this.#hasRoomFor(packet))) return;
    const tags = this.#flv.push(packet);
    const epochUs = this.#flv.baseUs;
    if (!this.#isDated && epochUs !== null) {
      this.#isDated = true;
      this.#publisher.describe({ ...captureEpoch(epochUs), encoder: 'Lectern' });
    }
    for (const tag of tags) this.#publisher.write(tag);
  }

  #hasRoomFor({ keyframe }: { readonly keyframe: boolean }): boolean {
    const queued = this.#publisher.queuedBytes;
    if (queued > MAX_QUEUED_BYTES) this.#isDropping = true;
    else if (keyframe && queued < MAX_QUEUED_BYTES / 2) this.#isDropping = false;
    if (this.#isDropping) this.#leftOut += 1;
    return !this.#isDropping;
  }
}
