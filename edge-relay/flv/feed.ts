/** One layer of a room as FLV: its tags are built once and gathered into blocks that all its viewers share. */
import { aacSequenceHeader, avcFrame, avcSequenceHeader, flvMetadata, flvTag, type FlvTag } from '#kit/media/flv.ts';
import { parameterSetsOf, type ParameterSets, parseSps, stripParameterSets } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { captureEpoch } from '#kit/media/rtmp.ts';
import { CodedError } from '#kit/process/errors.ts';

/** Whole tags. */
export interface Block {
  readonly bytes: Buffer;
  /** Its sound alone, for whoever gets no pictures now. */
  readonly sound: Buffer;
  /** It begins with a keyframe. */
  readonly keyframe: boolean;
  readonly pictures: number;
  /** Time of the first picture and of the last, ms; null where it has none. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** Metadata and sequence headers for a player that begins with this block. */
  readonly setup: Buffer;
  /** They are not those of the block before: everybody needs them. */
  readonly changed: boolean;
}

export interface FeedOptions {
  readonly layer: string;
  /** How long tags are gathered. */
  readonly mergeMs: number;
  readonly onBlock: (block: Block) => void;
}

/** What a keyframe's metadata say. */
interface About {
  /** Capture time of 0 ms, microseconds since 1970. */
  readonly baseUs: number;
  readonly width: number;
  readonly height: number;
}

interface Gathered {
  readonly kind: 'video' | 'audio';
  readonly bytes: Buffer;
}

/** A publisher without keyframes: nobody is begun with more than this. */
const MAX_CACHED_BYTES = 8 * 1024 * 1024;

export class Feed {
  readonly layer: string;
  readonly #options: FeedOptions;
  #gathered: Gathered[] = [];
  #keyframe = false;
  #firstMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Blocks from the last keyframe on that has gone out. */
  #cached: Block[] = [];
  #cachedBytes = 0;
  #sets: ParameterSets | null = null;
  #baseUs = 0;
  #channels: 1 | 2 | null = null;
  #lastMs: number | null = null;
  #setup: Buffer = Buffer.alloc(0);
  #changed = false;

  constructor(options: FeedOptions) {
    this.layer = options.layer;
    this.#options = options;
  }

  /** What a viewer begins with: from a keyframe on, or nothing. */
  get cached(): readonly Block[] {
    return this.#cached;
  }

  get setup(): Buffer {
    return this.#setup;
  }

  /** Another publisher: nothing is shown until its keyframe. */
  break(): void {
    this.flush();
    this.#sets = null;
  }

  video(packet: VideoPacket, timestampMs: number, about: About): void {
    const stampMs = Math.max(timestampMs, (this.#lastMs ?? -1) + 1);
    if (packet.keyframe) this.#learn(packet, about, stampMs);
    if (this.#sets === null) return;
    this.#lastMs = stampMs;
    this.#firstMs ??= stampMs;
    // avc1 keeps parameter sets in the sequence header alone (ISO/IEC 14496-15 section 5.4.2).
    this.#gather('video', avcFrame(stampMs, stripParameterSets(packet.data), packet.keyframe));
  }

  /** `frame` is built once for all layers. */
  audio(frame: FlvTag, channels: 1 | 2): void {
    if (this.#sets === null) return;
    if (this.#channels !== channels) {
      this.#channels = channels;
      this.#gather('audio', aacSequenceHeader(frame.timestampMs, channels));
    }
    this.#gather('audio', frame);
  }

  /** Gives out what is gathered. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered.length === 0) return;
    const sound = this.#gathered.filter(({ kind }) => kind === 'audio');
    const pictures = this.#gathered.length - sound.length;
    const block: Block = {
      bytes: Buffer.concat(this.#gathered.map(({ bytes }) => bytes)),
      sound: Buffer.concat(sound.map(({ bytes }) => bytes)),
      keyframe: this.#keyframe, pictures, firstMs: this.#firstMs, lastMs: pictures === 0 ? null : this.#lastMs, setup: this.#setup, changed: this.#changed,
    };
    this.#gathered = [];
    this.#keyframe = false;
    this.#firstMs = null;
    this.#changed = false;
    this.#keep(block);
    this.#options.onBlock(block);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#gathered = [];
  }

  /** Every keyframe begins a block, so that whoever begins or comes back can begin there. */
  #learn(packet: VideoPacket, { baseUs, width, height }: About, stampMs: number): void {
    const sets = readableSets(packet.data);
    if (sets === null) return;
    this.flush();
    this.#keyframe = true;
    this.#changed = this.#sets === null || baseUs !== this.#baseUs || !sets.sps.equals(this.#sets.sps) || !sets.pps.equals(this.#sets.pps);
    this.#sets = sets;
    this.#baseUs = baseUs;
    const sound = this.#channels === null ? {} : { audiocodecid: 10, audiosamplerate: 48_000, stereo: this.#channels === 2 };
    const tags = [flvMetadata({ width, height, videocodecid: 7, ...sound, ...captureEpoch(baseUs) }), avcSequenceHeader(stampMs, sets)];
    if (this.#channels !== null) tags.push(aacSequenceHeader(stampMs, this.#channels));
    this.#setup = Buffer.concat(tags.map(bytesOf));
  }

  #gather(kind: Gathered['kind'], tag: FlvTag): void {
    this.#gathered.push({ kind, bytes: bytesOf(tag) });
    this.#timer ??= setTimeout(() => this.flush(), this.#options.mergeMs);
  }

  #keep(block: Block): void {
    if (block.keyframe) this.#forget();
    else if (this.#cached.length === 0) return;
    if (this.#cachedBytes + block.bytes.length > MAX_CACHED_BYTES) return this.#forget();
    this.#cached.push(block);
    this.#cachedBytes += block.bytes.length;
  }

  #forget(): void {
    this.#cached = [];
    this.#cachedBytes = 0;
  }
}

/** Null where the network brought parameter sets that can't be read, or none: no sequence header can be made of them. */
function readableSets(data: Buffer): ParameterSets | null {
  const sets = parameterSetsOf(data);
  if (sets === null) return null;
  try {
    parseSps(sets.sps);
    return sets;
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}

function bytesOf({ type, timestampMs, data }: FlvTag): Buffer {
  return flvTag(type, timestampMs, data);
}
