import { rtpTimestampOf } from '#kit/media/packet.ts';
import { ReportedWay, type Reception } from './congestion/reported-way.ts';
import type { SendControl } from './congestion/send-control.ts';
import { OVERHEAD_BYTES } from './congestion/wire-rate.ts';
import type { CohortStream } from './cohort.ts';
import { COUNTED, type GroupVariant, type PumpSession, type PumpStream, type PumpVariant, type TwiceFrom } from './pump.ts';
import type { ReportBlock } from './rtcp/packet.ts';
import { extensionBlock, type RtpExtension } from './rtp/packet.ts';
import { CATCH_UP_MS, FIRST, identifying, LATER, numbering, PLAIN, repairing, resendAfterMs } from './sender-extensions.ts';
import { firstSequence } from './sender.ts';
import { SenderReports } from './sender-reports.ts';
import type { OnBurst, SentLog } from './sent-log.ts';
import type { AgreedLayer, AgreedStream } from './stream.ts';
import type { PacketizedFrame } from './types.ts';

/** Payloads that leave together: half of what may leave at once. */
const SLICE = 32;

export interface PumpedSenderPorts {
  readonly pump: PumpSession;
  /** Sends so many packets, with so many bytes of payload in them, when their turn has come. */
  readonly transmit: (packets: number, bytes: number, urgent: boolean, send: () => void) => void;
  /** So much left beside `transmit`, by way of a cohort. */
  readonly shared: OnBurst;
  /** What may be sent again now, bytes. */
  readonly repairBytes: () => number;
  readonly repaired: (packets: number, bytes: number) => void;
  /** What counts the packets of this far end just now; null where nothing does. */
  readonly counting: () => SendControl | null;
  readonly nowMs: () => number;
  readonly cname: string;
}

/** Sends one stream to one far end through a pump, which numbers its packets and keeps them for retransmission. */
export class PumpedSender implements CohortStream {
  readonly stream: AgreedStream;
  readonly layer: AgreedLayer;
  readonly #ports: PumpedSenderPorts;
  readonly out: PumpStream;
  readonly #reports: SenderReports;
  /** Of pictures: sound is too little to tell a queue by. */
  readonly #way: ReportedWay | null;
  #firstSentAtMs = 0;
  #retransmitted = 0;
  /** What went out by way of a cohort since it was last asked; null outside. */
  #sharedSince: ((onBurst: OnBurst) => void) | null = null;

  constructor(stream: AgreedStream, layer: AgreedLayer, ports: PumpedSenderPorts) {
    this.stream = stream;
    this.layer = layer;
    this.#ports = ports;
    this.#reports = new SenderReports(layer.ssrc, stream.clockHz, ports);
    const sequence = firstSequence();
    this.#way = stream.kind === 'video' ? new ReportedWay(sequence) : null;
    this.out = openStream(ports.pump, stream, layer, sequence);
  }

  /** The block that packets other than keyframes' have from now on; null while it changes by the time. */
  get settledVariant(): GroupVariant | null {
    if (this.#firstSentAtMs === 0) return null;
    if (this.stream.kind === 'video' && this.#reports.isAnswered) return PLAIN;
    return this.#catchesUp ? null : LATER;
  }

  /** Whether its packets are the same from now on: keyframes' say whose they are, the others' no longer. */
  get isSettled(): boolean {
    return this.#reports.isAnswered && !this.#catchesUp;
  }

  follow(sent: SentLog | null): void {
    this.catchUp();
    this.#sharedSince = sent?.follow() ?? null;
  }

  /** Takes what went out by way of a cohort into account. Call before anything that depends on what was sent. */
  catchUp(): void {
    this.#sharedSince?.((packets, bytes, atMs) => {
      this.#reports.count(packets, bytes);
      this.#way?.onLeft(packets, bytes, atMs);
      this.#ports.shared(packets, bytes, atMs);
    });
  }

  get packets(): number {
    return this.#reports.packets;
  }

  get retransmitted(): number {
    return this.#retransmitted;
  }

  get lost(): number {
    return this.#reports.lost;
  }

  send(frame: PacketizedFrame): void {
    const timestamp = rtpTimestampOf(frame.captureUs, this.stream.clockHz);
    const variant = this.#variantFor(frame);
    const { payloads } = frame;
    const urgent = this.stream.kind === 'audio';
    for (const { from, until, bytes } of slicesOf(payloads)) {
      this.#reports.count(until - from, bytes);
      this.#ports.transmit(until - from, bytes, urgent, () => {
        this.#way?.onLeft(until - from, bytes, this.#ports.nowMs());
        const counting = this.#counting;
        if (counting === null) this.out.send(payloads, from, until, timestamp, variant, 0);
        else this.out.send(payloads, from, until, timestamp, COUNTED, departAll(counting, payloads, from, until));
      });
    }
  }

  resend(sequences: readonly number[], roundTripMs: number, twiceFrom: TwiceFrom): void {
    const counting = this.stream.rtxPayloadType === null ? null : this.#counting;
    const number = counting?.nextNumber ?? null;
    const { packets, bytes } = this.out.resend(sequences, { againMs: resendAfterMs(roundTripMs), budgetBytes: this.#ports.repairBytes(), twiceFrom, number });
    for (let packet = 0; packet < packets; packet += 1) counting?.depart(bytes / packets + OVERHEAD_BYTES);
    this.#retransmitted += packets;
    this.#ports.repaired(packets, bytes);
  }

  forget(): void {
    this.out.forget();
  }

  /** Sends the newest packet once more in the repair stream, to see what the way carries; its bytes, 0 where there is nothing to send. */
  sendProbe(probe: number): number {
    const counting = this.#counting;
    if (counting === null) return 0;
    const bytes = this.out.probe(counting.nextNumber);
    if (bytes > 0) counting.depart(bytes + OVERHEAD_BYTES, probe);
    return bytes;
  }

  report(): Buffer {
    this.catchUp();
    return this.#reports.report();
  }

  acknowledge(report: ReportBlock): number | null {
    return this.#reports.acknowledge(report);
  }

  /** What a report says of the way, null where that is not told. Each report is read once. */
  receptionOf(report: ReportBlock): Reception | null {
    this.catchUp();
    return this.#way?.read(report, this.#ports.nowMs()) ?? null;
  }

  get #counting(): SendControl | null {
    return this.stream.extensions.transportSequence === null ? null : this.#ports.counting();
  }

  #variantFor(frame: PacketizedFrame): PumpVariant {
    if (this.#firstSentAtMs === 0) this.#firstSentAtMs = this.#ports.nowMs();
    if (!frame.keyframe && this.#reports.isAnswered) return PLAIN;
    return this.#catchesUp ? FIRST : LATER;
  }

  /** Sound has no group of pictures to catch up with. */
  get #catchesUp(): boolean {
    return this.stream.kind === 'video' && this.#ports.nowMs() - this.#firstSentAtMs < CATCH_UP_MS;
  }
}

/** Takes note of packets that leave now; the number of the first. */
function departAll(counting: SendControl, payloads: readonly Buffer[], from: number, until: number): number {
  const first = counting.nextNumber;
  for (let at = from; at < until; at += 1) counting.depart((payloads[at]?.length ?? 0) + OVERHEAD_BYTES);
  return first;
}

interface Slice {
  readonly from: number;
  readonly until: number;
  /** Of payload. */
  readonly bytes: number;
}

/** The same for every viewer of a frame. */
const slicesOfFrames = new WeakMap<readonly Buffer[], readonly Slice[]>();

function slicesOf(payloads: readonly Buffer[]): readonly Slice[] {
  const known = slicesOfFrames.get(payloads);
  if (known !== undefined) return known;
  const slices: Slice[] = [];
  for (let from = 0; from < payloads.length; from += SLICE) {
    const until = Math.min(payloads.length, from + SLICE);
    slices.push({ from, until, bytes: payloads.slice(from, until).reduce((sum, { length }) => sum + length, 0) });
  }
  slicesOfFrames.set(payloads, slices);
  return slices;
}

function openStream(pump: PumpSession, stream: AgreedStream, layer: AgreedLayer, sequence: number): PumpStream {
  const block = (extensions: readonly RtpExtension[]): Buffer | null => extensionBlock(extensions);
  return pump.openStream({
    ssrc: layer.ssrc,
    payloadType: stream.payloadType,
    rtx: stream.rtxPayloadType === null ? null : { ssrc: layer.rtxSsrc, payloadType: stream.rtxPayloadType, firstSequence: firstSequence() },
    // RFC 7587 section 4.2: the marker of an Opus packet begins a talkspurt, which a continuous stream never does.
    marks: stream.kind === 'video',
    keeps: stream.nack,
    // A keyframe for hundreds of viewers takes a tenth of a second to leave.
    urgent: stream.kind === 'audio',
    firstSequence: sequence,
    blocks: [null, block(identifying(stream, layer, 'catches-up')), block(identifying(stream, layer, 'adaptive')), block([...numbering(stream), ...identifying(stream, layer, 'repaired')])],
    repairBlocks: [block(repairing(stream, layer)), block([...numbering(stream), ...repairing(stream, layer)])],
  });
}
