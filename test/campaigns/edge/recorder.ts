import { kindOf } from '#kit/webrtc/demultiplex.ts';
import { type BindUdp, bindUdp, type UdpSocket } from '#kit/webrtc/udp-socket.ts';
import type { TransportAddress } from '#kit/webrtc/stun/check.ts';

/** Enough for a group of pictures and its reports. */
const MAX_KEPT = 400;

/** Remembers what an endpoint sends, so that all of it can be said once more: from its own address, or from any. */
export class Recorder {
  readonly #kept: { readonly datagram: Buffer; readonly to: TransportAddress }[] = [];
  #socket: UdpSocket | null = null;

  readonly bind: BindUdp = async (host, port, events, fd) => {
    const socket = await bindUdp(host, port, events, fd);
    this.#socket = socket;
    const send: UdpSocket['send'] = (datagram, to) => {
      this.#kept.push({ datagram: Buffer.from(datagram), to });
      if (this.#kept.length > MAX_KEPT) this.#kept.shift();
      socket.send(datagram, to);
    };
    return { port: socket.port, send, close: () => socket.close() };
  };

  /** What was sent, oldest first: checks, handshake, media and reports. */
  sent(): readonly Buffer[] {
    return this.#kept.map(({ datagram }) => datagram);
  }

  /** Media and reports again, from the address that they came from; how many. */
  replay(times: number): number {
    const media = this.#kept.filter(({ datagram }) => ['rtp', 'rtcp'].includes(kindOf(datagram)));
    for (let round = 0; round < times; round += 1) for (const { datagram, to } of media) this.#socket?.send(datagram, to);
    return media.length * times;
  }
}
