import type { Playback, Replay, Storefront } from '#edge-relay/contract/api.ts';
import { callApi } from '../demo/api.ts';
import type { DemoFile } from '../demo/demo.ts';
import { eventually, type Patience } from './eventually.ts';

/** A student's programs, without a page: asks the edge with the student's bearer token. */
export class Student {
  readonly #edge: string;
  readonly #token: string;

  constructor({ edge, students }: DemoFile, who: 'paid' | 'unpaid' = 'paid') {
    this.#edge = edge.url;
    this.#token = students[who].token;
  }

  playback(room: string): Promise<Playback> {
    return callApi(`${this.#edge}/api/rooms/${room}/playback`, { method: 'POST', token: this.#token });
  }

  storefront(): Promise<Storefront> {
    return callApi(`${this.#edge}/api/storefront`, { token: this.#token });
  }

  replay(id: string): Promise<Replay> {
    return callApi(`${this.#edge}/api/replays/${id}`, { token: this.#token });
  }

  /** The replay of one recording, as soon as it may be watched. */
  replayOf(id: string, patience?: Patience): Promise<Replay> {
    return eventually(`the replay of ${id}`, () => this.replay(id), patience);
  }
}
