import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { FLV_TAG, FlvReader } from '#kit/media/flv.ts';
import { captureEpochUsOf } from '#kit/media/rtmp.ts';

/** One viewer who takes the stream apart, the proof that the others' bytes are good. */
export class Probe {
  readonly #response: IncomingMessage;
  readonly #flv = new FlvReader();
  #epochMs: number | null = null;
  #lastMs = -1;
  #delaysMs: number[] = [];
  pictures = 0;
  /** Pictures that were not later than the one before. */
  disordered = 0;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.on('data', (chunk: Buffer) => this.#take(chunk)).on('error', () => response.destroy());
  }

  /** @throws Error where it is not let in */
  static async open(url: string): Promise<Probe> {
    const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`HTTP-FLV was answered with ${response.statusCode}`);
    return new Probe(response);
  }

  /** From capture to arrival, ms, since this was last asked; empty where the stream does not say when it was captured. */
  delaysMs(): readonly number[] {
    return this.#delaysMs.splice(0);
  }

  close(): void {
    this.#response.destroy();
  }

  #take(chunk: Buffer): void {
    for (const { type, timestampMs, data } of this.#flv.push(chunk)) {
      if (type === FLV_TAG.script) this.#epochMs = (captureEpochUsOf(data) ?? Number.NaN) / 1000;
      if (type !== FLV_TAG.video || data[1] !== 1) continue;
      this.pictures += 1;
      if (timestampMs <= this.#lastMs) this.disordered += 1;
      this.#lastMs = timestampMs;
      if (this.#epochMs !== null && !Number.isNaN(this.#epochMs)) this.#delaysMs.push(Date.now() - this.#epochMs - timestampMs);
    }
  }
}
