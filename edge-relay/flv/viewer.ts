/** One HTTP-FLV viewer: what has gone to it, and what it is given of each block. */
import type { Static } from 'typebox';
import type { FlvFigures } from '../contract/operations.ts';
import type { Block, Feed } from './feed.ts';
import { nextPace, type Pace } from './pace.ts';

/** The response to one viewer. After `end` and `destroy`, and when the viewer has gone, nothing more is taken. */
export interface Wire {
  /** Bytes that wait here because the viewer's network has not taken them. */
  readonly queuedBytes: number;
  /** In one go. The buffers are shared by all viewers: nothing of them is copied, and nobody may change them. */
  write(...buffers: readonly Buffer[]): void;
  /** When all that waits has gone; a viewer that reads nothing is not waited for. */
  end(): void;
  /** At once. */
  destroy(): void;
  onClosed(listener: () => void): void;
}

export interface FlvViewerOptions {
  readonly account: string;
  /** RTMP players are given the same, by a process of their own. */
  readonly protocol: 'flv' | 'rtmp';
  /** The layer asked for in the address; null for the largest. */
  readonly wanted: string | null;
}

/** Where a tag's time stands: three bytes, and the upper one behind them (annex E.4.1). */
const TIME_AT = 4;
const TAG_HEAD_BYTES = 11;

export class FlvViewer {
  readonly protocol: FlvViewerOptions['protocol'];
  readonly wire: Wire;
  readonly account: string;
  readonly wanted: string | null;
  feed: Feed;
  #pace: Pace = { kind: 'waiting', stuckSinceMs: null };
  /** Of the last picture that it got. */
  #lastMs = -1;
  #bytesSent = 0;
  #picturesLeftOut = 0;
  #groupsLeftOut = 0;

  constructor(wire: Wire, feed: Feed, { account, protocol, wanted }: FlvViewerOptions) {
    this.protocol = protocol;
    this.wire = wire;
    this.feed = feed;
    this.account = account;
    this.wanted = wanted;
  }

  /** The file's header, and what there is from the last keyframe on. */
  begin(header: Buffer): void {
    const [first, ...more] = this.feed.cached;
    this.#write(header, first?.setup ?? this.feed.setup, ...(first === undefined ? [] : [first, ...more].map(({ bytes }) => bytes)));
    if (first === undefined) return;
    this.#pace = { kind: 'flowing' };
    this.#lastMs = this.feed.cached.findLast(({ lastMs }) => lastMs !== null)?.lastMs ?? -1;
  }

  /** Another layer from its next keyframe on. */
  moveTo(feed: Feed): void {
    this.feed = feed;
    this.#pace = { kind: 'waiting', stuckSinceMs: null };
  }

  figures(): Static<typeof FlvFigures> {
    const queuedBytes = this.wire.queuedBytes;
    return {
      protocol: this.protocol, layer: this.feed.layer, bytesSent: Math.max(0, this.#bytesSent - queuedBytes), queuedBytes,
      picturesLeftOut: this.#picturesLeftOut, groupsLeftOut: this.#groupsLeftOut,
    };
  }

  /** At once: HTTP-FLV has no way to say why. */
  end(): void {
    this.wire.destroy();
  }

  /** Answers what was done with the block. */
  take(block: Block, nowMs: number): 'sent' | 'left-out' | 'let-go' {
    const before = this.#pace;
    const { pace, delivery } = nextPace(before, { queuedBytes: this.wire.queuedBytes, keyframe: block.keyframe, nowMs });
    this.#pace = pace;
    if (delivery === 'whole' || delivery === 'anew') {
      if (block.changed || delivery === 'anew') this.#write(block.setup, ...this.#inOrder(block));
      else this.#write(block.bytes);
      this.#lastMs = block.lastMs ?? this.#lastMs;
      return 'sent';
    }
    if (delivery === 'let-go') this.wire.destroy();
    else if (delivery === 'sound' && block.sound.length > 0) this.#write(block.sound);
    this.#picturesLeftOut += block.pictures;
    // The rest of the group that it was in the middle of, or a whole one.
    if (block.pictures > 0 && (block.keyframe || before.kind === 'flowing')) this.#groupsLeftOut += 1;
    return delivery === 'let-go' ? 'let-go' : 'left-out';
  }

  #write(...buffers: readonly Buffer[]): void {
    for (const { length } of buffers) this.#bytesSent += length;
    this.wire.write(...buffers);
  }

  /** Two layers have pictures of the same moment: a viewer that was moved gets the second a millisecond later. Only its head is its own. */
  #inOrder({ bytes, firstMs }: Block): Buffer[] {
    if (firstMs === null || firstMs > this.#lastMs) return [bytes];
    const head = Buffer.from(bytes.subarray(0, TAG_HEAD_BYTES));
    const laterMs = this.#lastMs + 1;
    head.writeUIntBE(laterMs % 2 ** 24, TIME_AT, 3);
    head.writeUInt8(Math.floor(laterMs / 2 ** 24) % 256, TIME_AT + 3);
    return [head, bytes.subarray(TAG_HEAD_BYTES)];
  }
}
