import { canonicalAccessUnit, parameterSetsOf, parseSps } from '#kit/media/h264.ts';
import { OggOpusWriter } from '#kit/media/ogg-opus.ts';
import { opusSamples } from '#kit/media/opus.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Peer, ReceivedFrame } from '#kit/webrtc/types.ts';
import { ACCESS_UNIT_DELIMITER } from './decoder-arguments.ts';
import type { LaptopDecoder, Sharing } from './laptop-decoder.ts';

/** Null where the room has no such source. */
export interface LaptopDecoders {
  readonly picture: Pick<LaptopDecoder, 'begin' | 'end' | 'write' | 'sized'> | null;
  readonly sound: Pick<LaptopDecoder, 'begin' | 'end' | 'write'> | null;
}

const STEREO = 2;
/** 120 ms, the longest packet there is (RFC 6716 section 3.2.5), at Opus's highest rate of 510 kbit/s. A page of Ogg has no room for what UDP can bring. */
const SOUND_BYTES_MAX = 8 * 1024;

/** Feeds the frames of one laptop's connection to the decoders, until it is let go. The sound's decoder starts with the first sound. */
export class Laptop {
  readonly #decoders: LaptopDecoders;
  readonly #stop: () => void;
  #ogg = new OggOpusWriter(STEREO);
  #hasSound = false;
  #isHeld = true;

  constructor(peer: Pick<Peer, 'on' | 'requestKeyframe'>, decoders: LaptopDecoders) {
    this.#decoders = decoders;
    decoders.picture?.begin({ head: () => Buffer.alloc(0), onNeedsKeyframe: () => peer.requestKeyframe(null) });
    this.#stop = peer.on('frame', (frame) => this.#take(frame));
  }

  /** Twice is harmless: the decoders may serve another laptop by then. */
  letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#stop();
    this.#decoders.picture?.end();
    if (this.#hasSound) this.#decoders.sound?.end();
  }

  #take(frame: ReceivedFrame): void {
    if (frame.kind === 'video') this.#takePicture(frame);
    else this.#takeSound(frame.data);
  }

  #takePicture({ data, keyframe }: ReceivedFrame): void {
    const unit = canonicalAccessUnit(data, null);
    if (unit.length === 0) return;
    const size = keyframe ? sizeOf(unit) : null;
    if (size !== null) this.#decoders.picture?.sized(size);
    this.#decoders.picture?.write(Buffer.concat([unit, ACCESS_UNIT_DELIMITER]), keyframe);
  }

  #takeSound(packet: Buffer): void {
    const samples = opusSamples(packet);
    if (samples === 0 || packet.length > SOUND_BYTES_MAX) return;
    if (!this.#hasSound) {
      this.#hasSound = true;
      this.#decoders.sound?.begin(this.#sound());
    }
    this.#decoders.sound?.write(this.#ogg.packet(packet, samples), true);
  }

  /** Every Opus packet stands alone: there is no keyframe to ask for, but a decoder that begins anew needs the stream's head. */
  #sound(): Sharing {
    return {
      head: () => {
        this.#ogg = new OggOpusWriter(STEREO);
        return this.#ogg.header();
      },
      onNeedsKeyframe: () => undefined,
    };
  }
}

/** Null for parameter sets that make no sense: what came from a laptop is for the decoder to refuse. */
function sizeOf(keyframe: Buffer): { width: number; height: number } | null {
  const sets = parameterSetsOf(keyframe);
  try {
    return sets === null ? null : parseSps(sets.sps);
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}
