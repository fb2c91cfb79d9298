import { monotonicUs } from '#kit/media/clock.ts';
import { FlvFromPackets } from '#kit/media/flv.ts';
import { hasBFrames, parameterSetsOf, parseSps } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { RtpPacket } from '#kit/webrtc/rtp/packet.ts';
import { pictureDecoderArguments } from '../arguments.ts';
import type { CaptureNews, Raster } from '../capture-source.ts';
import { Decoder } from '../decoder.ts';
import { LatencyMeter } from '../latency-meter.ts';
import { type Arrival, CameraClock } from '../rtsp/camera-clock.ts';
import type { StreamOffer } from '../rtsp/description.ts';
import type { StreamTaker } from '../rtsp/play.ts';
import { type AccessUnit, VideoReceiver } from '../rtsp/video-receiver.ts';
import type { BeginCapture } from './protocol.ts';

/** A lost packet of UDP may only be late. */
const UDP_WAIT_MS = 30;
/** Claimed for a frame before the distance to another is known, and the most that is believed of one. */
const FIRST_FRAME_US = 40_000;
const MAX_FRAME_US = 1_000_000;
/** Frames on their way through FFmpeg, at the very most. */
const UNDERWAY_MAX = 128;

/** One camera's pictures: from RTP packets into FFmpeg, which gives them raw to the gate, and onto the source's own track. */
export class PicturePath implements StreamTaker {
  readonly decoder: Decoder;
  readonly #begin: BeginCapture;
  readonly #news: CaptureNews;
  readonly #latency: LatencyMeter;
  readonly #flv = new FlvFromPackets({ only: 'video' });
  /** Capture time by FFmpeg's timestamp, milliseconds since the first frame. */
  readonly #underway = new Map<number, number>();
  #receiver = new VideoReceiver(null, 0);
  #clock = new CameraClock(90_000);
  #firstUs: number | null = null;
  #lastUs: number | null = null;
  #frameUs = FIRST_FRAME_US;
  #size = '';
  /** After a frame that FFmpeg did not take, nothing is of use to it before a keyframe. */
  #decodes = true;
  #reordered = false;

  constructor(begin: BeginCapture, news: CaptureNews) {
    const { source } = begin;
    this.#begin = begin;
    this.#news = news;
    this.#latency = new LatencyMeter((latencyMs) => news.latency?.(latencyMs));
    this.decoder = new Decoder({
      name: `decoder-${source.id}`, args: pictureDecoderArguments(begin),
      onFrame: (seconds) => this.#onDecoded(Math.round(seconds * 1_000)),
    });
  }

  get highestSequence(): number {
    return this.#receiver.highestSequence;
  }

  begin(offer: StreamOffer): this {
    if (offer.kind !== 'video') throw new CodedError('no_stream', 'The device offers no picture at this address.');
    this.#receiver = new VideoReceiver(offer.sets, this.#begin.source.transport === 'udp' ? UDP_WAIT_MS : 0);
    this.#clock = new CameraClock(offer.clockHz);
    return this;
  }

  onPacket(packet: RtpPacket, arrival: Arrival): void {
    for (const unit of this.#receiver.push(packet, arrival.monotonicUs / 1_000)) this.#onUnit(unit, arrival);
    const dropped = this.#receiver.takeDropped();
    if (dropped > 0) this.#news.dropped?.(dropped);
  }

  onSenderReport(wallUs: number, rtpTimestamp: number, arrival: Arrival): void {
    this.#clock.onSenderReport(wallUs, rtpTimestamp, arrival);
  }

  #onUnit(unit: AccessUnit, arrival: Arrival): void {
    const captureUs = this.#clock.captureUs(unit.rtpTimestamp, arrival);
    this.#measureFrame(captureUs);
    if (unit.keyframe) this.#noticeSize(unit.data);
    const { id } = this.#begin.source;
    const packet: VideoPacket = { kind: 'video', codec: 'h264', layer: id, captureUs, durationUs: this.#frameUs, keyframe: unit.keyframe, data: unit.data };
    this.#decode(packet);
    if (this.#begin.source.isolated === true) this.#keep(packet);
  }

  #decode(packet: VideoPacket): void {
    if (!this.#decodes && !packet.keyframe) return this.#news.dropped?.(1);
    this.#firstUs ??= packet.captureUs;
    this.#decodes = this.decoder.write(this.#flv.push(packet));
    if (!this.#decodes) return this.#news.dropped?.(1);
    this.#underway.set(Math.round((packet.captureUs - this.#firstUs) / 1_000), packet.captureUs);
    const [oldest] = this.#underway.keys();
    if (oldest !== undefined && this.#underway.size > UNDERWAY_MAX) this.#underway.delete(oldest);
  }

  #onDecoded(atMs: number): void {
    const captureUs = this.#underway.get(atMs);
    if (captureUs === undefined) return;
    for (const earlier of this.#underway.keys()) if (earlier <= atMs) this.#underway.delete(earlier);
    this.#latency.add((monotonicUs() - captureUs) / 1_000);
  }

  /** A camera that sends frames in another order than they are shown in can be shown, but has no track: packets carry one time only. */
  #keep(packet: VideoPacket): void {
    this.#reordered ||= hasBFrames(packet.data);
    if (!this.#reordered) this.#news.packet?.(packet);
  }

  #measureFrame(captureUs: number): void {
    const distanceUs = this.#lastUs === null ? 0 : captureUs - this.#lastUs;
    if (distanceUs > 0 && distanceUs < MAX_FRAME_US) this.#frameUs = distanceUs;
    this.#lastUs = captureUs;
  }

  #noticeSize(unit: Buffer): void {
    const size = sizeOf(unit);
    if (size === null || this.#size === `${size.width}x${size.height}`) return;
    this.#size = `${size.width}x${size.height}`;
    this.#news.size?.(size);
  }
}

/** In square pixels. Null where the parameter sets make no sense: FFmpeg will not make a picture of them either. */
function sizeOf(unit: Buffer): Raster | null {
  const sets = parameterSetsOf(unit);
  if (sets === null) return null;
  try {
    const { width, height, pixelAspect = 1 } = parseSps(sets.sps);
    return { width: Math.round(width * pixelAspect), height };
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}
