import { bindUdp, type BindUdp } from '../udp-socket.ts';
import { LinkModel, type LinkOptions } from './link-model.ts';

/** Test aid: an endpoint's socket behind a bottleneck, in real time. What comes passes its queue, what goes is only delayed. */
export class ThinWay {
  readonly #link: LinkModel;
  readonly #lines = [new Line(), new Line()] as const;
  lost = 0;

  constructor(options: LinkOptions) {
    this.#link = new LinkModel(options);
  }

  /** How long what came now would wait in front of the bottleneck, ms. */
  get queueMs(): number {
    return this.#link.queueMs(performance.now());
  }

  readonly bind: BindUdp = async (host, port, events, fd) => {
    const [inward, outward] = this.#lines;
    const arrives: typeof events.onDatagram = (datagram, from) => {
      const atMs = this.#link.send(datagram.length, performance.now());
      if (atMs === null) this.lost += 1;
      else inward.push(atMs, () => events.onDatagram(datagram, from));
    };
    const socket = await bindUdp(host, port, { ...events, onDatagram: arrives }, fd);
    return {
      port: socket.port,
      send: (datagram, to) => outward.push(performance.now() + this.#link.options.delayMs, () => socket.send(datagram, to)),
      close: () => {
        for (const line of this.#lines) line.close();
        return socket.close();
      },
    };
  };
}

/** First in, first out: a timer for each packet would let some overtake others. */
class Line {
  readonly #waiting: { readonly atMs: number; readonly act: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  push(atMs: number, act: () => void): void {
    if (this.#closed) return;
    this.#waiting.push({ atMs, act });
    this.#timer ??= this.#await(atMs);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #run(): void {
    while ((this.#waiting[0]?.atMs ?? Infinity) <= performance.now()) this.#waiting.shift()?.act();
    const next = this.#waiting[0];
    this.#timer = next === undefined ? null : this.#await(next.atMs);
  }

  #await(atMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#run(), Math.max(0, atMs - performance.now()));
  }
}
