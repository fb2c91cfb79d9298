import type { Clock } from '#kit/media/clock.ts';
import type { CameraLink, OpenLink } from '../links/link.ts';
import { dueAtMs, heard, type Item, numberRefused, type Output, quiet, submit, ticked, type Turn } from './exchange.ts';
import { FrameReader, lastFrameIn } from './frame-reader.ts';
import { parseReply } from './reply.ts';

export interface Listener {
  /** The link is there: what must be said before anything else is said now. */
  opened(): void;
  settled(output: Extract<Output, { type: 'settled' }>): void;
  finished(item: Item): void;
  answered(item: Item, data: Buffer): void;
  /** Bytes that are no VISCA. */
  nonsense(): void;
}

/** One camera's exchange on its link: bytes in, bytes out, and the one timer that it needs. */
export class Conversation {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #listener: Listener;
  #exchange = quiet(false);
  #link: CameraLink | null = null;
  #timer: NodeJS.Timeout | undefined;
  #reader = new FrameReader();

  constructor(clock: Pick<Clock, 'nowMs'>, listener: Listener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get open(): boolean {
    return this.#link !== null;
  }

  /** Where no link is, nothing is sent and nothing is kept: what a finger did a minute ago must not be done when the camera returns. */
  submit(item: Item): void {
    if (this.#link !== null) this.#take(submit(this.#exchange, item, this.#clock.nowMs()));
  }

  /** Holds the link until the signal aborts; rejects when it breaks. `watch` may end it by rejecting. */
  async run(open: OpenLink, watch: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const whole = AbortSignal.any([signal, stop.signal]);
    this.#reader = new FrameReader();
    try {
      const link = await open({ received: (bytes, number) => this.#received(bytes, number), numberRefused: (number) => this.#refused(number) }, whole);
      // Its failure is what ends the race, or follows from the abort.
      link.ended.catch(() => undefined);
      this.#link = link;
      this.#exchange = quiet(link.numbered);
      this.#listener.opened();
      await Promise.race([link.ended, watch(whole)]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clearTimeout(this.#timer);
      this.#link = null;
      stop.abort();
    }
  }

  #received(bytes: Buffer, number: number | null): void {
    const frames = number === null ? this.#reader.push(bytes) : new FrameReader().push(bytes);
    if (frames.length === 0 && bytes.length > 0) this.#listener.nonsense();
    for (const frame of frames) {
      const reply = parseReply(frame) ?? parseReply(lastFrameIn(frame));
      if (reply === null) this.#listener.nonsense();
      else if (this.#link !== null) this.#take(heard(this.#exchange, reply, number, this.#clock.nowMs()));
    }
  }

  #refused(number: number): void {
    if (this.#link !== null) this.#take(numberRefused(this.#exchange, number, this.#clock.nowMs()));
  }

  #take(turn: Turn): void {
    this.#exchange = turn.exchange;
    for (const output of turn.outputs) this.#put(output);
    clearTimeout(this.#timer);
    const dueMs = dueAtMs(this.#exchange);
    if (this.#link === null || !Number.isFinite(dueMs)) return;
    const nowMs = this.#clock.nowMs();
    this.#timer = setTimeout(() => this.#take(ticked(this.#exchange, this.#clock.nowMs())), Math.max(1, dueMs - nowMs));
  }

  #put(output: Output): void {
    switch (output.type) {
      case 'send':
        return this.#link?.send(output.bytes, output.number);
      case 'reset-numbers':
        return this.#link?.resetNumbers();
      case 'settled':
        return this.#listener.settled(output);
      case 'finished':
        return this.#listener.finished(output.item);
      case 'answer':
        return this.#listener.answered(output.item, output.data);
    }
  }
}
