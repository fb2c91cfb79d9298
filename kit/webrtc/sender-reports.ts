import { rtpTimestampOf } from '#kit/media/packet.ts';
import { compactNtp, ntpOf } from './rtcp/ntp.ts';
import { buildSenderReport, buildSourceDescription, type ReportBlock } from './rtcp/packet.ts';

export interface ReportPorts {
  readonly nowMs: () => number;
  readonly cname: string;
}

/** What was sent of one stream, told to the far end, and what the far end tells of it. */
export class SenderReports {
  readonly #ssrc: number;
  readonly #clockHz: number;
  readonly #ports: ReportPorts;
  #packets = 0;
  #bytes = 0;
  #isAnswered = false;
  #lost = 0;

  constructor(ssrc: number, clockHz: number, ports: ReportPorts) {
    this.#ssrc = ssrc;
    this.#clockHz = clockHz;
    this.#ports = ports;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Packets the far end reports as lost for good. */
  get lost(): number {
    return this.#lost;
  }

  /** The far end has reported on the stream. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  count(packets: number, bytes: number): void {
    this.#packets += packets;
    this.#bytes += bytes;
  }

  /** Sender report and name (RFC 3550 section 6.4.1). RTP timestamps are the capture epoch, so now maps onto now. */
  report(): Buffer {
    const nowUs = this.#ports.nowMs() * 1000;
    const fields = { ssrc: this.#ssrc, ntp: ntpOf(nowUs), rtpTimestamp: rtpTimestampOf(nowUs, this.#clockHz), packets: this.#packets, bytes: this.#bytes };
    return Buffer.concat([buildSenderReport(fields), buildSourceDescription(this.#ssrc, this.#ports.cname)]);
  }

  /** Takes what the far end reports; answers the round trip in milliseconds, or null where the report can't tell. */
  acknowledge(report: ReportBlock): number | null {
    this.#isAnswered = true;
    this.#lost = Math.max(0, report.cumulativeLost);
    if (report.lastReport === 0) return null;
    const elapsed = (compactNtp(ntpOf(this.#ports.nowMs() * 1000)) - report.lastReport - report.delaySinceLastReport) | 0;
    return elapsed < 0 ? null : (elapsed * 1000) / 65536;
  }
}
