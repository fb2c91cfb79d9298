import { setTimeout as delay } from 'node:timers/promises';
import { until } from '#edge-relay/testing/edge.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import type { Drain } from './drain.ts';

export interface WhepAddress {
  readonly url: string;
  readonly token: string;
}

/** Enough that the edge always has somebody at its door. */
const AT_A_TIME = 16;
/** A page would watch by LL-HLS meanwhile. */
const AGAIN_MS = 500;

/** Viewers by real WHEP, ICE and DTLS, each with an address of its own; their media is counted by a drain. */
export class Viewers {
  readonly #drain: Drain;
  readonly #address: WhepAddress;
  readonly #endpoints: WebRtcEndpoint[] = [];
  /** Of the first viewers, whose packets all come up here: pictures that were put together. */
  frames = 0;
  /** Times that one was told that this is not the moment. */
  turnedAway = 0;

  constructor(drain: Drain, address: WhepAddress) {
    this.#drain = drain;
    this.#address = address;
  }

  get size(): number {
    return this.#endpoints.length;
  }

  /** Resolves when so many more are connected. @throws Error with the edge's words where one is refused */
  async join(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, at) => this.#endpoints.length + at);
    const queue = numbers.values();
    const take = async (): Promise<void> => {
      for (const viewer of queue) await this.#joinOne(viewer);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, take));
  }

  async close(): Promise<void> {
    await Promise.all(this.#endpoints.splice(0).map((endpoint) => endpoint.close()));
  }

  async #joinOne(viewer: number): Promise<void> {
    const endpoint = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], bind: this.#drain.socketOf(viewer) });
    this.#endpoints.push(endpoint);
    const offer = await endpoint.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42e01f' });
    const answer = await this.#ask(offer.offerSdp);
    offer.peer.on('frame', ({ kind }) => void (this.frames += kind === 'video' ? 1 : 0));
    await offer.setAnswer(answer);
    await until(() => offer.peer.state === 'connected');
  }

  async #ask(offerSdp: string): Promise<string> {
    const { url, token } = this.#address;
    for (;;) {
      const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, body: offerSdp });
      const text = await response.text();
      if (response.status === 201) return text;
      if (response.status !== 503 || !text.includes('"busy"')) throw new Error(`WHEP was answered with ${response.status}: ${text}`);
      this.turnedAway += 1;
      await delay(AGAIN_MS);
    }
  }
}
