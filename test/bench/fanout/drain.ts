import { type ChildProcess, spawn } from 'node:child_process';
import type { BindUdp, UdpEvents } from '#kit/webrtc/udp-socket.ts';
import Type, { type Static } from 'typebox';
import { checker } from '#kit/process/check.ts';

/** What came to all viewers, or to the first so many, since counting began. */
const Drained = Type.Object({
  packets: Type.Integer(),
  bytes: Type.Integer(),
  /** Numbers that never came. */
  lost: Type.Integer(),
  repairs: Type.Integer(),
  /** Viewers to whom both picture and sound came. */
  flowing: Type.Integer(),
  /** Packets of frames whose departure is known. */
  timed: Type.Integer(),
  /** Between the last packet of their frame leaving the publisher and arrival, ms: of all, and of sound. */
  p50Ms: Type.Number(),
  p99Ms: Type.Number(),
  soundP50Ms: Type.Number(),
  soundP99Ms: Type.Number(),
});
export type Drained = Static<typeof Drained>;

export interface DrainOptions {
  readonly program: string;
  /** The processor it keeps to. */
  readonly cpu: number;
  readonly viewers: number;
  readonly server: { readonly host: string; readonly port: number };
  /** Viewers, from the first, whose packets all come up to this process. */
  readonly full: number;
}

export interface Departure {
  readonly kind: 'video' | 'audio';
  readonly timestamp: number;
  readonly atUs: number;
}

const COMMAND = 0xffff;
const PORTS = 0xfffe;
const HEADER_BYTES = 4;
const DEPARTURE_BYTES = 13;
const asDrained = checker(Drained, 'bad_report');

/** The sockets of many viewers, read by `drain.c`. */
export class Drain {
  readonly #child: ChildProcess;
  readonly #server: DrainOptions['server'];
  readonly #events = new Map<number, UdpEvents>();
  readonly #ports = Promise.withResolvers<readonly number[]>();
  #report = Promise.withResolvers<Drained>();
  #rest: Buffer = Buffer.alloc(0);

  constructor({ program, cpu, viewers, server, full }: DrainOptions) {
    this.#server = server;
    this.#child = spawn('taskset', ['-c', String(cpu), program, String(viewers), server.host, String(server.port), String(full)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
    // Viewers say goodbye to a drain that has gone already.
    this.#child.stdin?.on('error', () => undefined);
    this.#child.on('error', (error) => this.#ports.reject(error));
    this.#child.on('exit', (code) => this.#ports.reject(new Error(`drain ended with ${code}`)));
  }

  /** Of each viewer, in order. */
  get ports(): Promise<readonly number[]> {
    return this.#ports.promise;
  }

  /** The socket of one viewer, for an endpoint of its own. */
  socketOf(viewer: number): BindUdp {
    return async (_host, _port, events) => {
      const port = (await this.ports)[viewer] ?? 0;
      this.#events.set(viewer, events);
      const close = async (): Promise<void> => void this.#events.delete(viewer);
      return { port, send: (datagram) => this.#tell(viewer, datagram), close };
    };
  }

  /** The publisher let the last packet of this frame go. */
  departed({ kind, timestamp, atUs }: Departure): void {
    const entry = Buffer.alloc(DEPARTURE_BYTES);
    entry.writeUInt8(kind === 'audio' ? 1 : 0, 0);
    entry.writeUInt32LE(timestamp, 1);
    entry.writeBigInt64LE(BigInt(atUs), 5);
    this.#tell(COMMAND, Buffer.concat([Buffer.from('d'), entry]));
  }

  /** From now on, of the first so many viewers. */
  countAnew(viewers: number): void {
    this.#tell(COMMAND, Buffer.from([0x73, viewers & 0xff, viewers >> 8]));
    this.#tell(COMMAND, Buffer.from('r'));
  }

  async counted(): Promise<Drained> {
    this.#report = Promise.withResolvers();
    this.#tell(COMMAND, Buffer.from('q'));
    return await this.#report.promise;
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  #tell(who: number, data: Buffer): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt16LE(who, 0);
    header.writeUInt16LE(data.length, 2);
    this.#child.stdin?.write(Buffer.concat([header, data]));
  }

  #read(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (this.#rest.length - at >= HEADER_BYTES) {
      const until = at + HEADER_BYTES + this.#rest.readUInt16LE(at + 2);
      if (this.#rest.length < until) break;
      this.#take(this.#rest.readUInt16LE(at), this.#rest.subarray(at + HEADER_BYTES, until));
      at = until;
    }
    this.#rest = this.#rest.subarray(at);
  }

  #take(who: number, data: Buffer): void {
    if (who === COMMAND) this.#report.resolve(asDrained(JSON.parse(data.toString())));
    else if (who === PORTS) this.#ports.resolve(Array.from({ length: data.length / 2 }, (_, at) => data.readUInt16LE(at * 2)));
    else this.#events.get(who)?.onDatagram(Buffer.from(data), { address: this.#server.host, port: this.#server.port });
  }
}
