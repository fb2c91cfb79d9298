import { createHash } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { sleep } from '#kit/process/supervisor.ts';
import { ntpOf } from '#kit/webrtc/rtcp/ntp.ts';
import { buildSenderReport } from '#kit/webrtc/rtcp/packet.ts';
import { buildRtpHeader } from '#kit/webrtc/rtp/packet.ts';
import type { CameraFaults, CameraOptions } from './camera.ts';
import type { CameraStream } from './stream.ts';

export interface VisitOptions extends Omit<CameraOptions, 'stream'> {
  readonly stream: () => CameraStream;
  readonly faults: () => CameraFaults;
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly header: (name: string) => string;
}

const SSRC = 0x1ec7e211;
const REALM = 'camera';
const NONCE = 'f84f1cec41e6cbe5aea9c8e88d359';
const REPORT_EVERY_MS = 400;
const SLOW_BYTE_MS = 100;

/** One client's connection: what it asks is answered, and once it plays it is sent every frame. */
export class Visit {
  readonly #socket: Socket;
  readonly #options: VisitOptions;
  readonly #gone = new AbortController();
  #heard = Buffer.alloc(0);
  #playing = false;
  #udp: { readonly socket: UdpSocket; readonly port: number; readonly address: string } | null = null;
  #sequence = 65_500;
  #sent = 0;
  #reportedMs = 0;

  constructor(socket: Socket, options: VisitOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#leave());
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  sendRaw(bytes: Buffer): void {
    if (this.#playing && this.#udp === null) this.#socket.write(bytes);
  }

  send(payloads: readonly Buffer[], captureMs: number): void {
    if (!this.#playing) return;
    const { clockHz, payloadType } = this.#options.stream();
    const timestamp = Math.round((captureMs % 1e7) * (clockHz / 1_000)) >>> 0;
    this.#report(captureMs, timestamp);
    payloads.forEach((payload, index) => {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      const header = buildRtpHeader({ payloadType, marker: index === payloads.length - 1, sequence: this.#sequence, timestamp, ssrc: SSRC });
      this.#emit(0, Buffer.concat([header, payload]));
    });
  }

  #report(captureMs: number, timestamp: number): void {
    if (captureMs - this.#reportedMs < REPORT_EVERY_MS) return;
    this.#reportedMs = captureMs;
    const wallMs = captureMs + (this.#options.clockOffsetMs ?? 0);
    this.#emit(1, buildSenderReport({ ssrc: SSRC, ntp: ntpOf(wallMs * 1_000), rtpTimestamp: timestamp, packets: this.#sent, bytes: 0 }));
  }

  #emit(channel: 0 | 1, packet: Buffer): void {
    this.#sent += 1;
    if (this.#udp !== null) {
      // Every so-manieth, not by chance: a test must see the same loss each time.
      const { loss } = this.#options.faults();
      if (loss > 0 && this.#sent % Math.round(1 / loss) === 0) return;
      this.#udp.socket.send(packet, this.#udp.port + channel, this.#udp.address, () => undefined);
      return;
    }
    const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
    if (this.#socket.writable) this.#socket.write(Buffer.concat([head, packet]));
  }

  #hear(chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk]);
    for (;;) {
      if (this.#heard[0] === 0x24 && this.#heard.length >= 4) this.#heard = this.#heard.subarray(4 + this.#heard.readUInt16BE(2));
      const end = this.#heard.indexOf('\r\n\r\n');
      if (this.#heard[0] === 0x24 || end === -1) return;
      const text = this.#heard.toString('latin1', 0, end);
      this.#heard = this.#heard.subarray(end + 4);
      const [method = '', url = ''] = text.split(' ');
      this.#answer({ method, url, header: (name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(text)?.[1] ?? '' });
    }
  }

  #answer(asked: Asked): void {
    if (!this.#isAllowed(asked)) return this.#reply(asked, '401 Unauthorized', [`WWW-Authenticate: Digest realm="${REALM}", nonce="${NONCE}", qop="auth"`]);
    switch (asked.method) {
      case 'DESCRIBE':
        return this.#reply(asked, '200 OK', ['Content-Type: application/sdp'], this.#description());
      case 'SETUP':
        return this.#setUp(asked);
      case 'PLAY':
        this.#reply(asked, '200 OK', ['Session: 7']);
        this.#playing = true;
        return;
      default:
        return this.#reply(asked, '200 OK', ['Public: DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN']);
    }
  }

  #setUp(asked: Asked): void {
    const transport = asked.header('Transport');
    const ports = /client_port=(\d+)-/.exec(transport);
    if (ports === null) return this.#reply(asked, '200 OK', ['Session: 7;timeout=60', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      this.#udp = { socket, port: Number(ports[1]), address: '127.0.0.1' };
      this.#reply(asked, '200 OK', ['Session: 7;timeout=60', `Transport: RTP/AVP;unicast;client_port=${ports[1]};server_port=${port}-${port}`]);
    });
  }

  #description(): string {
    if (this.#options.faults().badDescription) return 'v=0\r\nm=video nonsense\r\na=rtpmap:\r\n';
    return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=camera', 't=0 0', ...this.#options.stream().media, 'a=control:track1', ''].join('\r\n');
  }

  /** RFC 2617 section 3.2.2, quality of protection `auth`. */
  #isAllowed({ method, header }: Asked): boolean {
    const { credentials } = this.#options;
    if (credentials === undefined || method === 'OPTIONS') return true;
    const field = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(header('Authorization'))?.[1] ?? '';
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    const who = md5(`${credentials.user}:${REALM}:${credentials.password}`);
    return field('response') === md5(`${who}:${NONCE}:${field('nc')}:${field('cnonce')}:auth:${md5(`${method}:${field('uri')}`)}`);
  }

  #reply(asked: Asked, status: string, headers: readonly string[], body = ''): void {
    const lines = [`RTSP/1.0 ${status}`, `CSeq: ${asked.header('CSeq')}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`];
    const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
    if (this.#options.faults().slow) void this.#trickle(bytes);
    else this.#socket.write(bytes);
  }

  async #trickle(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      await sleep(SLOW_BYTE_MS, this.#gone.signal);
      if (this.#gone.signal.aborted) return;
      this.#socket.write(Buffer.from([byte]));
    }
  }

  #leave(): void {
    this.#gone.abort();
    this.#playing = false;
    this.#udp?.socket.close();
    this.#udp = null;
  }
}
