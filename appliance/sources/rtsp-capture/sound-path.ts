import { AAC_ENCODER_DELAY_SAMPLES, AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { monotonicUs } from '#kit/media/clock.ts';
import { NutReader, ptsToUs } from '#kit/media/nut.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { RtpPacket } from '#kit/webrtc/rtp/packet.ts';
import { SAMPLE_RATE_HZ, soundDecoderArguments, soundTrackArguments } from '../arguments.ts';
import type { CaptureNews } from '../capture-source.ts';
import { Decoder } from '../decoder.ts';
import { LatencyMeter } from '../latency-meter.ts';
import { PositionClock } from '../position-clock.ts';
import { type Arrival, CameraClock } from '../rtsp/camera-clock.ts';
import type { SoundOffer, StreamOffer } from '../rtsp/description.ts';
import type { StreamTaker } from '../rtsp/play.ts';
import { SoundReceiver, type SoundUnit } from '../rtsp/sound-receiver.ts';
import { soundFeed, type SoundFeed } from './feed.ts';
import { GateSocket } from './gate-socket.ts';
import { stereoOf } from './pcm.ts';
import type { BeginCapture } from './protocol.ts';

/** A lost packet of UDP may only be late; sound waits less than pictures, since its gap is short. */
const UDP_WAIT_MS = 20;
const US = 1_000_000;

/** One microphone's sound: from RTP packets to the gate, and as AAC onto the source's own track. */
export class SoundPath implements StreamTaker {
  readonly #begin: BeginCapture;
  readonly #news: CaptureNews;
  readonly #offer: SoundOffer;
  readonly #receiver: SoundReceiver;
  readonly #clock: CameraClock;
  readonly #feed: SoundFeed;
  readonly #positions = new PositionClock();
  readonly #latency: LatencyMeter;
  readonly #gate: GateSocket | null;
  readonly #decoders: readonly Decoder[];
  #positionUs = 0;
  #begun = false;

  constructor(begin: BeginCapture, offer: StreamOffer, news: CaptureNews) {
    if (offer.kind !== 'sound') throw new CodedError('no_stream', 'The device offers no sound at this address.');
    this.#begin = begin;
    this.#news = news;
    this.#offer = offer;
    this.#receiver = new SoundReceiver(offer, begin.source.transport === 'udp' ? UDP_WAIT_MS : 0);
    this.#clock = new CameraClock(offer.clockHz);
    this.#feed = soundFeed(offer);
    this.#latency = new LatencyMeter((latencyMs) => news.latency?.(latencyMs));
    // Plain samples at the program's rate need no FFmpeg, which would collect 20 ms of them.
    const plain = offer.codec === 'l16' && offer.clockHz === SAMPLE_RATE_HZ;
    this.#gate = plain ? new GateSocket() : null;
    this.#decoders = [...(plain ? [] : [this.#decoder()]), ...(begin.source.isolated === true ? [this.#trackEncoder()] : [])];
  }

  get highestSequence(): number {
    return this.#receiver.highestSequence;
  }

  tasks(): ((signal: AbortSignal) => Promise<void>)[] {
    const gate = this.#gate;
    return [
      ...(gate === null ? [] : [(signal: AbortSignal) => gate.run(this.#begin.socketPath, signal)]),
      ...this.#decoders.map((decoder) => (signal: AbortSignal) => decoder.run(signal)),
    ];
  }

  onPacket(packet: RtpPacket, arrival: Arrival): void {
    for (const unit of this.#receiver.push(packet, arrival.monotonicUs / 1_000)) this.#onUnit(unit, arrival);
  }

  onSenderReport(wallUs: number, rtpTimestamp: number, arrival: Arrival): void {
    this.#clock.onSenderReport(wallUs, rtpTimestamp, arrival);
  }

  #onUnit(unit: SoundUnit, arrival: Arrival): void {
    const captureUs = this.#clock.captureUs(unit.rtpTimestamp, arrival);
    if (unit.missing > 0) this.#fill(unit.missing);
    this.#positions.mark(this.#positionUs, captureUs);
    this.#write(this.#feed.frame(unit.data, this.#positionUs));
    const durationUs = (unit.samples * US) / this.#offer.clockHz;
    this.#positionUs += durationUs;
    if (this.#gate === null) return;
    this.#gate.write(stereoOf(unit.data, this.#offer.channels));
    this.#latency.add((monotonicUs() - captureUs - durationUs) / 1_000);
  }

  /** Lost samples become silence, so that all that follows stays in its place. */
  #fill(samples: number): void {
    const silence = this.#feed.silence(samples);
    if (silence === null) return;
    this.#write(silence);
    this.#positionUs += (samples * US) / this.#offer.clockHz;
    if (this.#gate !== null) this.#gate.write(stereoOf(silence, this.#offer.channels));
  }

  #write(bytes: Buffer): void {
    const head = this.#begun ? [] : [this.#feed.head()];
    this.#begun = true;
    for (const decoder of this.#decoders) decoder.write(Buffer.concat([...head, bytes]));
  }

  #decoder(): Decoder {
    const { source, socketPath } = this.#begin;
    const onFrame = (seconds: number): void => {
      const captureUs = this.#positions.captureUs(seconds * US);
      if (captureUs !== null) this.#latency.add((monotonicUs() - captureUs) / 1_000);
    };
    return new Decoder({ name: `decoder-${source.id}`, args: soundDecoderArguments(this.#feed.input, this.#offer.channels, socketPath), onFrame });
  }

  #trackEncoder(): Decoder {
    const reader = new NutReader();
    const onPackets = (chunk: Buffer): void => {
      for (const { pts, timeBase, data } of reader.push(chunk)) this.#keep(ptsToUs(pts, timeBase), data);
    };
    return new Decoder({ name: `track-${this.#begin.source.id}`, args: soundTrackArguments(this.#feed.input, this.#offer.channels), onPackets });
  }

  /** NUT has no negative timestamps: the encoder's delay is taken back here. */
  #keep(ptsUs: number, data: Buffer): void {
    const captureUs = this.#positions.captureUs(ptsUs - (AAC_ENCODER_DELAY_SAMPLES * US) / SAMPLE_RATE_HZ);
    if (captureUs === null) return;
    this.#news.packet?.({ kind: 'audio', codec: 'aac', captureUs, durationUs: (AAC_FRAME_SAMPLES * US) / SAMPLE_RATE_HZ, channels: 2, data });
  }
}
