import { buildTransportFeedback } from '../rtcp/packet.ts';
import { extensionOf, type RtpPacket } from '../rtp/packet.ts';
import { Arrivals } from './arrivals.ts';

export interface ReporterPorts {
  readonly nowMs: () => number;
  readonly localSsrc: number;
  readonly sendRtcp: (compound: Buffer) => void;
}

/** Soon enough for the sender to see a queue grow, seldom enough to cost nothing: some 20 kbps. */
const REPORT_EVERY_MS = 50;

/** Tells the far end when each of its packets came, of all its streams together. */
export class FeedbackReporter {
  readonly #ports: ReporterPorts;
  readonly #arrivals = new Arrivals();
  #timer: NodeJS.Timeout | null = null;
  #mediaSsrc = 0;
  #count = 0;

  constructor(ports: ReporterPorts) {
    this.#ports = ports;
  }

  onPacket(packet: RtpPacket, extensionId: number | null): void {
    const value = extensionOf(packet, extensionId);
    if (value?.length !== 2) return;
    this.#mediaSsrc = packet.ssrc;
    this.#arrivals.push(value.readUInt16BE(0), this.#ports.nowMs());
    this.#timer ??= setTimeout(() => this.#report(), REPORT_EVERY_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #report(): void {
    this.#timer = null;
    const feedback = this.#arrivals.take(this.#ports.nowMs());
    if (feedback === null) return;
    this.#ports.sendRtcp(buildTransportFeedback(this.#ports.localSsrc, this.#mediaSsrc, feedback, this.#count));
    this.#count = (this.#count + 1) & 0xff;
  }
}
