import { H264Depacketizer } from '#kit/media/rtp-h264.ts';
import { canonicalAccessUnit, isKeyframe, parameterSetsOf, type ParameterSets } from '#kit/media/h264.ts';
import { CaptureClock } from './capture-clock.ts';
import { ReceptionStatistics } from './reception-statistics.ts';
import { ReorderBuffer } from './reorder-buffer.ts';
import { buildNack, type ReportBlock } from './rtcp/packet.ts';
import { compactNtp, epochUsOf } from './rtcp/ntp.ts';
import type { RtpPacket } from './rtp/packet.ts';
import { timestampDelta } from './rtp/sequence.ts';
import type { AgreedStream } from './stream.ts';
import type { ReceivedFrame } from './types.ts';

/** How long a lost packet may hold the stream back: video waits for several repairs, a gap in speech is better than a pause. */
const VIDEO_WAIT_MS = 600;
const SHORTEST_VIDEO_WAIT_MS = 300;
const LONGEST_VIDEO_WAIT_MS = 900;
/** The first question or its answer may get lost too, and so may the second. */
const REPAIRS_AWAITED = 4;
const AUDIO_WAIT_MS = 200;
/** A stream that seems to begin in the middle of a frame may have lost its first packets: so many are asked for, so long, ms. */
const LOOK_BACK = 32;
const LOOK_BACK_MS = 120;
/** Timestamps further back than this are a sender that began anew, s. */
const REPEATED_WITHIN_S = 10;
/** While something is missing, ms. */
const NACK_TICK_MS = 10;

export interface ReceiverPorts {
  readonly onFrame: (frame: ReceivedFrame) => void;
  /** A whole keyframe came, also one that was given out before. */
  readonly onKeyframe: (rid: string | null) => void;
  /** Frames can't be decoded until a keyframe comes. */
  readonly onKeyframeNeeded: (rid: string | null) => void;
  readonly sendRtcp: (compound: Buffer) => void;
  readonly roundTripMs: () => number;
  readonly nowMs: () => number;
  readonly localSsrc: number;
}

/** Receives one stream (one layer): order, retransmission, whole frames, capture time, reception report. */
export class StreamReceiver {
  readonly stream: AgreedStream;
  readonly rid: string | null;
  readonly ssrc: number;
  readonly #ports: ReceiverPorts;
  readonly #buffer: ReorderBuffer;
  readonly #clock: CaptureClock;
  readonly #statistics: ReceptionStatistics;
  readonly #depacketizer = new H264Depacketizer();
  /** `skip` until the marker that ends a damaged frame, then `await-keyframe`, then `whole`. */
  #video: 'skip' | 'await-keyframe' | 'whole' = 'await-keyframe';
  /** Of the frame whose last packet, the one with the marker, has not come yet. */
  #openTimestamp: number | null = null;
  #lastTimestamp: number | null = null;
  #sets: ParameterSets | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastReport: { readonly compactNtp: number; readonly atMs: number } | null = null;

  constructor(stream: AgreedStream, rid: string | null, ssrc: number, ports: ReceiverPorts) {
    this.stream = stream;
    this.rid = rid;
    this.ssrc = ssrc;
    this.#ports = ports;
    this.#buffer = new ReorderBuffer({ maxWaitMs: waitOf(stream), repairsMarked: stream.rtxPayloadType !== null });
    this.#clock = new CaptureClock(stream.clockHz);
    this.#statistics = new ReceptionStatistics(stream.clockHz);
  }

  get lost(): number {
    return this.#statistics.lost;
  }

  /** A packet of this stream, or one that was rebuilt from its repair stream. */
  push(packet: RtpPacket, repaired: boolean): void {
    const nowMs = this.#ports.nowMs();
    const first = this.#buffer.highest === -1;
    if (!this.#buffer.push(packet, nowMs, repaired)) return;
    if (first && this.stream.kind === 'video' && this.stream.nack && !beginsKeyframe(packet.payload)) this.#buffer.expectBefore(LOOK_BACK, nowMs, LOOK_BACK_MS);
    if (!repaired) this.#statistics.onPacket(this.#buffer.highest, packet.timestamp, nowMs);
    else this.#onRepair();
    this.#proceed();
  }

  onSenderReport(ntp: bigint, rtpTimestamp: number): void {
    this.#clock.onSenderReport(epochUsOf(ntp), rtpTimestamp);
    this.#lastReport = { compactNtp: compactNtp(ntp), atMs: this.#ports.nowMs() };
  }

  report(): ReportBlock {
    const last = this.#lastReport;
    return {
      ssrc: this.ssrc,
      ...this.#statistics.take(),
      lastReport: last?.compactNtp ?? 0,
      delaySinceLastReport: last === null ? 0 : ((this.#ports.nowMs() - last.atMs) * 65536) / 1000,
    };
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A near sender's repairs come soon or never. */
  #onRepair(): void {
    this.#statistics.onRepair();
    const tookMs = this.#buffer.repairMs;
    if (tookMs !== null && this.stream.kind === 'video') this.#buffer.waitAtMost(Math.max(SHORTEST_VIDEO_WAIT_MS, Math.min(LONGEST_VIDEO_WAIT_MS, tookMs * REPAIRS_AWAITED)));
  }

  #proceed(): void {
    for (const item of this.#buffer.take(this.#ports.nowMs())) {
      if (item === 'gap') this.#onGap();
      else if (this.stream.kind === 'audio') this.#onAudio(item);
      else this.#onVideo(item);
    }
    if (this.#buffer.waiting) this.#timer ??= setTimeout(() => this.#onTimer(), NACK_TICK_MS).unref();
  }

  #onTimer(): void {
    this.#timer = null;
    const due = this.stream.nack ? this.#buffer.due(this.#ports.nowMs(), this.#ports.roundTripMs()) : [];
    if (due.length > 0) this.#ports.sendRtcp(buildNack(this.#ports.localSsrc, this.ssrc, due));
    this.#proceed();
  }

  #onGap(): void {
    if (this.stream.kind === 'audio') return;
    this.#depacketizer.reset();
    this.#video = 'skip';
    this.#ports.onKeyframeNeeded(this.rid);
  }

  #onAudio(packet: RtpPacket): void {
    if (packet.payload.length === 0) return;
    this.#emit(packet, packet.payload, true);
  }

  /** After a loss nothing is passed on before a keyframe: the far decoders would smear, since our own numbering hides the loss from them. */
  #onVideo(packet: RtpPacket): void {
    if (packet.payload.length === 0) return; // padding that probes for bandwidth
    if (this.#cutsOff(packet) && this.#video !== 'skip') this.#onCutOff();
    // Parameter sets begin an access unit, whatever was lost before them.
    if (this.#video === 'skip' && beginsKeyframe(packet.payload)) this.#restartAfterSkip();
    if (this.#video === 'skip') return packet.marker ? this.#restartAfterSkip() : undefined;
    const unit = this.#depacketizer.push(packet.payload, packet.marker);
    if (unit === null) return packet.marker ? this.#onDamaged() : undefined;
    const keyframe = isKeyframe(unit);
    if (this.#video === 'await-keyframe' && !keyframe) return this.#ports.onKeyframeNeeded(this.rid);
    if (keyframe) return this.#onKeyframe(packet, unit);
    this.#emit(packet, unit, false);
  }

  /** Some publishers send parameter sets once: every keyframe is given out with them, and none counts before they came. */
  #onKeyframe(packet: RtpPacket, unit: Buffer): void {
    this.#sets = parameterSetsOf(unit) ?? this.#sets;
    if (this.#sets === null) return this.#onDamaged();
    this.#video = 'whole';
    this.#ports.onKeyframe(this.rid);
    this.#emit(packet, canonicalAccessUnit(unit, this.#sets), true);
  }

  /** A frame that begins before the one in front of it ended, though no number is missing. */
  #cutsOff({ timestamp, marker }: RtpPacket): boolean {
    const cut = this.#openTimestamp !== null && this.#openTimestamp !== timestamp;
    this.#openTimestamp = marker ? null : timestamp;
    return cut;
  }

  /** Chromium, which makes a keyframe while older frames still wait in its pacer, throws those away before it numbers them. Both as one would be neither. */
  #onCutOff(): void {
    this.#depacketizer.reset();
    this.#restartAfterSkip();
  }

  #restartAfterSkip(): void {
    this.#depacketizer.reset();
    this.#video = 'await-keyframe';
  }

  #onDamaged(): void {
    this.#video = 'await-keyframe';
    this.#ports.onKeyframeNeeded(this.rid);
  }

  /**
   * A sender that can't make a keyframe at once answers a request with its running group of pictures again. What was given out of it
   * before is not given out twice: the decoders behind us have it, and go on with the first frame they lack.
   */
  #isRepeated(packet: RtpPacket): boolean {
    if (this.#lastTimestamp === null || this.stream.kind === 'audio') return false;
    const behind = -timestampDelta(this.#lastTimestamp, packet.timestamp);
    return behind >= 0 && behind < REPEATED_WITHIN_S * this.stream.clockHz;
  }

  #emit(packet: RtpPacket, data: Buffer, keyframe: boolean): void {
    if (this.#isRepeated(packet)) return;
    this.#lastTimestamp = packet.timestamp;
    const captureUs = this.#clock.captureUs(packet.timestamp, this.#ports.nowMs() * 1000);
    this.#ports.onFrame({ kind: this.stream.kind, rid: this.rid, captureUs, keyframe, data });
  }
}

function waitOf({ nack, kind }: AgreedStream): number {
  if (!nack) return NACK_TICK_MS * 3;
  return kind === 'video' ? VIDEO_WAIT_MS : AUDIO_WAIT_MS;
}

/** Parameter sets, alone or together in a STAP-A (RFC 6184 section 5.7.1), come first in a keyframe. */
function beginsKeyframe(payload: Buffer): boolean {
  const type = payload.length === 0 ? 0 : payload.readUInt8(0) & 0x1f;
  return type === 7 || type === 24;
}
