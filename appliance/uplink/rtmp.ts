import { FlvFromPackets } from '#kit/media/flv.ts';
import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import { startChild, type Child } from '#kit/process/child.ts';
import type { Writable } from 'node:stream';
import type { PacketBus } from '../bus/packet-bus.ts';
import { NO_WAY, type Connection, type ConnectionEvents, type OpenConnection, type UplinkTarget, type WayMeasured } from './connection.ts';
import { totalSizeOf } from './ffmpeg-progress.ts';

/** RTMP carries one rendition and AAC. */
export interface RtmpParts {
  readonly bus: PacketBus;
  readonly layer: string;
}

/** About ten seconds of 2.5 Mbps: what waits longer than this is dropped up to the next keyframe. */
const MAX_QUEUED_BYTES = 3 * 1024 * 1024;
/** FFmpeg notices a dead connection after this long, µs. */
const IO_TIMEOUT_US = 5_000_000;

/** FFmpeg's arguments; `address` holds the token, so they are never logged. */
export function rtmpArguments(address: string): string[] {
  return [
    '-hide_banner', '-loglevel', 'error', '-nostdin',
    '-progress', 'pipe:1', '-stats_period', '0.5',
    '-analyzeduration', '1000000', '-f', 'flv', '-i', 'pipe:0',
    '-c', 'copy', '-flvflags', 'no_duration_filesize', '-flush_packets', '1',
    '-rw_timeout', String(IO_TIMEOUT_US), '-f', 'flv', address,
  ];
}

export function rtmpAddress({ rtmp, token }: Pick<UplinkTarget, 'rtmp' | 'token'>): string {
  return `${rtmp}${rtmp.includes('?') ? '&' : '?'}key=${encodeURIComponent(token)}`;
}

/** RTMP through an FFmpeg child that copies; nothing is encoded again. */
export function rtmpOpener(parts: RtmpParts): OpenConnection {
  return (target, events) => new RtmpConnection(parts, target, events);
}

class RtmpConnection implements Connection {
  readonly #events: ConnectionEvents;
  readonly #layer: string;
  readonly #abort = new AbortController();
  readonly #child: Child;
  readonly #detach: () => void;
  #bytes = 0;
  #over = false;

  constructor(parts: RtmpParts, target: UplinkTarget, events: ConnectionEvents) {
    this.#events = events;
    this.#layer = parts.layer;
    this.#child = startChild('ffmpeg', rtmpArguments(rtmpAddress(target)), {
      signal: this.#abort.signal,
      name: 'uplink-rtmp',
      stdio: ['pipe', 'pipe', 'pipe'],
      killAfterMs: 500,
    });
    const { stdin, stdout } = this.#child.process;
    stdout?.setEncoding('utf8').on('data', (text: string) => this.#progress(totalSizeOf(text)));
    // A child that ends closes the pipe; its exit says why.
    stdin?.on('error', () => undefined);
    this.#detach = stdin === null ? () => undefined : parts.bus.attach(new FlvSink(stdin, parts.layer), { fromCache: true });
    void this.#child.exited.then(({ lastWords }) => this.#ended(lastWords));
  }

  bytesSent(): number {
    return this.#bytes;
  }

  framesLeftOut(): number {
    return 0;
  }

  measured(): WayMeasured {
    return { ...NO_WAY, transport: 'tcp', layers: [this.#layer] };
  }

  async close(): Promise<void> {
    this.#over = true;
    this.#detach();
    // FFmpeg ignores signals while it waits for input: its input ends first.
    this.#child.process.stdin?.end();
    this.#abort.abort();
    await this.#child.exited;
  }

  #progress(totalSize: number | null): void {
    if (totalSize === null || this.#over) return;
    const first = this.#bytes === 0 && totalSize > 0;
    this.#bytes = Math.max(this.#bytes, totalSize);
    if (first) this.#events.connected();
  }

  #ended(lastWords: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#detach();
    // FFmpeg's own words name the address with its token in it: only what kind of failure it was is told.
    const refused = /refused|timed out|unreachable|resolve/i.test(lastWords);
    this.#events.failed(refused ? 'the edge cannot be reached over RTMP either.' : 'the edge ended the RTMP connection.');
  }
}

/** Feeds one rendition and the AAC sound to a pipe. Policy: over the bound, everything is dropped until the next keyframe. */
class FlvSink implements PacketSink {
  readonly name = 'rtmp';
  readonly #pipe: Writable;
  readonly #layer: string;
  readonly #flv = new FlvFromPackets();
  #dropping = false;

  constructor(pipe: Writable, layer: string) {
    this.#pipe = pipe;
    this.#layer = layer;
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'video' && packet.layer !== this.#layer) return;
    if (this.#pipe.writableLength > MAX_QUEUED_BYTES) this.#dropping = true;
    else if (packet.kind === 'video' && packet.keyframe) this.#dropping = false;
    if (this.#dropping || !this.#pipe.writable) return;
    const bytes = this.#flv.push(packet);
    if (bytes.length > 0) this.#pipe.write(bytes);
  }
}
