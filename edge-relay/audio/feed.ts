import { adtsHeader } from '#kit/media/aac.ts';
import { OggOpusWriter } from '#kit/media/ogg-opus.ts';
import { opusSamples } from '#kit/media/opus.ts';
import type { AudioPacket } from '#kit/media/packet.ts';
import { continuityOf, SampleClock, samplesToUs } from './sample-clock.ts';

const AAC_SAMPLES = 1024;
/** A silent AAC-LC frame, as FFmpeg's encoder writes it. */
const SILENT_AAC = { 1: Buffer.from('01182007', 'hex'), 2: Buffer.from('211004608c1c', 'hex') } as const;

/**
 * Turns packets into the byte stream that FFmpeg reads, with nothing missing: the number of samples written follows the capture
 * time, so that what comes out can be dated by counting. Lost packets are concealed (Opus, RFC 6716 section 4.4: a packet of nothing but
 * its first byte) or silent (AAC).
 */
export class AudioFeed {
  readonly clock = new SampleClock();
  readonly #ogg = new OggOpusWriter(2);
  #begun = false;
  #expectedUs: number | null = null;

  /** Bytes for this packet; empty when it comes too late or is no packet. */
  push(packet: AudioPacket): Buffer {
    const samples = packet.codec === 'opus' ? opusSamples(packet.data) : AAC_SAMPLES;
    if (samples === 0) return Buffer.alloc(0);
    const durationUs = samplesToUs(samples);
    const continuity = continuityOf(this.#expectedUs, packet.captureUs, durationUs);
    if (continuity.kind === 'drop') return Buffer.alloc(0);
    const parts = [this.#header(packet)];
    const missing = continuity.kind === 'fill' ? continuity.packets : 0;
    for (let index = missing; index > 0; index -= 1) {
      this.clock.advance(packet.captureUs - index * durationUs, samples);
      parts.push(this.#frame(packet, concealed(packet), samples));
    }
    this.clock.advance(packet.captureUs, samples);
    parts.push(this.#frame(packet, packet.data, samples));
    this.#expectedUs = packet.captureUs + durationUs;
    return Buffer.concat(parts);
  }

  #header(packet: AudioPacket): Buffer {
    if (this.#begun) return Buffer.alloc(0);
    this.#begun = true;
    return packet.codec === 'opus' ? this.#ogg.header() : Buffer.alloc(0);
  }

  #frame(packet: AudioPacket, data: Buffer, samples: number): Buffer {
    if (packet.codec === 'opus') return this.#ogg.packet(data, samples);
    return Buffer.concat([adtsHeader({ objectType: 2, sampleRateHz: 48_000, channels: packet.channels }, data.length), data]);
  }
}

function concealed(packet: AudioPacket): Buffer {
  if (packet.codec === 'aac') return SILENT_AAC[packet.channels];
  // Head alone: as many frames of the same mode and length, each of no bytes. Their sizes are equal then, so that none is written (code 1 for 2), nor padding.
  const [head = 0, count = 0] = packet.data;
  const code = head & 3;
  return code === 3 ? Buffer.from([head, count & 0x3f]) : Buffer.from([code === 2 ? head - 1 : head]);
}
