import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicUs } from '#kit/media/clock.ts';
import { ReceptionStatistics } from '#kit/webrtc/reception-statistics.ts';
import { compactNtp, epochUsOf } from '#kit/webrtc/rtcp/ntp.ts';
import { buildReceiverReport, buildSourceDescription, parseRtcp } from '#kit/webrtc/rtcp/packet.ts';
import { parseRtp, type RtpPacket } from '#kit/webrtc/rtp/packet.ts';
import type { Arrival } from './camera-clock.ts';
import { addressOf, RtspConnection } from './connection.ts';
import type { StreamOffer } from './description.ts';
import { BEGINNING, next, requestOf, type Session, teardownOf, type Wish } from './session.ts';
import { UdpPair } from './udp-pair.ts';
import { untilThere } from './until-there.ts';

/** Takes the packets of one stream. */
export interface StreamTaker {
  /** Highest sequence number so far with its rollovers counted, -1 before the first. */
  readonly highestSequence: number;
  onPacket(packet: RtpPacket, arrival: Arrival): void;
  /** The camera's time of day of a timestamp, microseconds since 1970. */
  onSenderReport(wallUs: number, rtpTimestamp: number, arrival: Arrival): void;
}

export interface PlayOptions {
  readonly url: string;
  readonly media: 'video' | 'sound';
  readonly transport: 'tcp' | 'udp';
  /** Called once, before anything is received. */
  readonly taker: (stream: StreamOffer) => StreamTaker;
  /** Each time that the camera was looked for and was not there. */
  readonly onAway?: () => void;
  readonly signal: AbortSignal;
}

/** RFC 3550 section 6.2: at least every 5 s. */
const REPORT_EVERY_MS = 5_000;
/** Cameras that say 60 s have been seen to hang up after half of it. */
const KEEPALIVE_SHARE = 1 / 3;

/** Receives one stream of a camera, as soon as it is there. Resolves when the signal aborts; rejects when the camera refuses, leaves or makes no sense. */
export async function playRtsp(options: PlayOptions): Promise<void> {
  const address = addressOf(options.url);
  let deliver = (_channel: number, _data: Buffer): void => undefined;
  const dial = (): Promise<RtspConnection> => RtspConnection.open(address, (channel, data) => deliver(channel, data), options.signal);
  const connection = await untilThere(dial, options);
  if (connection === null) return;
  const stop = (): void => connection.close();
  options.signal.addEventListener('abort', stop, { once: true });
  let udp: UdpPair | null = null;
  let session: Session = BEGINNING;
  try {
    if (options.signal.aborted) return;
    const reception = new Reception(options.taker);
    udp = options.transport === 'udp' ? await UdpPair.open({ peer: connection.peer, onRtp: (bytes) => reception.onRtp(bytes), onRtcp: (bytes) => reception.onRtcp(bytes) }) : null;
    deliver = (channel, data) => (channel % 2 === 0 ? reception.onRtp(data) : reception.onRtcp(data));
    const wish: Wish = { url: address.url, media: options.media, udp: udp?.ports ?? null };
    while (session.phase !== 'playing') {
      session = next(session, await connection.ask(requestOf(session, wish)), wish);
      if (session.phase === 'setting-up') reception.begin(session.stream);
    }
    await stayTuned({ connection, udp, session, wish, reception, signal: options.signal });
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    options.signal.removeEventListener('abort', stop);
    const goodbye = teardownOf(session);
    if (goodbye !== null) connection.tell(goodbye);
    connection.close();
    udp?.close();
  }
}

interface Tuned {
  readonly connection: RtspConnection;
  readonly udp: UdpPair | null;
  readonly session: Extract<Session, { phase: 'playing' }>;
  readonly wish: Wish;
  readonly reception: Reception;
  readonly signal: AbortSignal;
}

/** Until the camera leaves: reports how it is received, and keeps its session alive. */
async function stayTuned({ connection, udp, session, wish, reception, signal }: Tuned): Promise<void> {
  const { transport, timeoutS } = session;
  const keepAliveMs = timeoutS * 1_000 * KEEPALIVE_SHARE;
  let keptAliveMs = performance.now();
  const over = AbortSignal.any([signal, connection.ended]);
  while (!signal.aborted) {
    await delay(Math.min(REPORT_EVERY_MS, keepAliveMs), undefined, { signal: over }).catch(() => over.throwIfAborted());
    const report = reception.report();
    if (transport.kind === 'udp') udp?.sendRtcp(report, transport.serverRtcpPort);
    else connection.sendData(transport.rtcpChannel, report);
    if (performance.now() - keptAliveMs < keepAliveMs) continue;
    next(session, await connection.ask(requestOf(session, wish)), wish);
    keptAliveMs = performance.now();
  }
}

/** What comes for one stream, whatever way it came: only its own payload type, from one sender. */
class Reception {
  readonly #open: PlayOptions['taker'];
  readonly #ssrc = randomInt(1, 2 ** 32 - 1);
  #stream: { readonly offer: StreamOffer; readonly taker: StreamTaker; readonly statistics: ReceptionStatistics } | null = null;
  #sender: number | null = null;
  #lastReport: { readonly ntp: number; readonly atMs: number } | null = null;

  constructor(open: PlayOptions['taker']) {
    this.#open = open;
  }

  begin(offer: StreamOffer): void {
    this.#stream = { offer, taker: this.#open(offer), statistics: new ReceptionStatistics(offer.clockHz) };
  }

  onRtp(bytes: Buffer): void {
    const packet = parseRtp(bytes);
    if (packet === null || this.#stream === null || packet.payloadType !== this.#stream.offer.payloadType) return;
    this.#sender ??= packet.ssrc;
    if (packet.ssrc !== this.#sender) return;
    const arrival = arrivalNow();
    this.#stream.taker.onPacket(packet, arrival);
    this.#stream.statistics.onPacket(this.#stream.taker.highestSequence, packet.timestamp, arrival.monotonicUs / 1_000);
  }

  onRtcp(bytes: Buffer): void {
    for (const packet of parseRtcp(bytes)) {
      if (packet.type !== 'sender-report' || packet.ssrc !== this.#sender) continue;
      this.#lastReport = { ntp: compactNtp(packet.ntp), atMs: performance.now() };
      this.#stream?.taker.onSenderReport(epochUsOf(packet.ntp), packet.rtpTimestamp, arrivalNow());
    }
  }

  report(): Buffer {
    const last = this.#lastReport;
    const block = {
      ssrc: this.#sender ?? 0,
      fractionLost: 0, cumulativeLost: 0, highestSequence: 0, jitter: 0,
      ...this.#stream?.statistics.take(),
      lastReport: last?.ntp ?? 0,
      delaySinceLastReport: last === null ? 0 : ((performance.now() - last.atMs) * 65_536) / 1_000,
    };
    const blocks = this.#sender === null ? [] : [block];
    return Buffer.concat([buildReceiverReport(this.#ssrc, blocks), buildSourceDescription(this.#ssrc, 'lectern')]);
  }
}

function arrivalNow(): Arrival {
  return { monotonicUs: monotonicUs(), wallUs: Date.now() * 1_000 };
}
