/** The people in one live class: who is here, what was said last, how many watch. */
import { randomUUID } from 'node:crypto';
import type { ChatMessage, ToViewer } from '../contract/events.ts';
import { type Allowance, fullAllowance, isFull, spend } from './chat-rules.ts';
import { ChatHistory, type Said, toItsSender } from './chat-history.ts';

/** One person's connection. */
export interface Attendant {
  readonly account: string;
  readonly name: string;
  /** `droppable`: better not at all than late; a person who is behind gets the next one. */
  send(text: string, droppable: boolean): void;
  close(code: number, reason: string): void;
}

/** How far the class is, as the room knows it. */
export interface RoomNow {
  readonly live: boolean;
  /** Not yet, but in a moment. */
  readonly coming: boolean;
  /** The publisher said that it is over. */
  readonly ended: boolean;
  readonly viewers: number;
}

/** Numbers of viewers are told at most this often; going live and stopping at once. */
const TELL_EVERY_MS = 1_000;

export class LiveRoom {
  readonly #attendants = new Set<Attendant>();
  readonly #history = new ChatHistory();
  /** Of accounts, not of connections: who connects anew, or eight times, may not say more for it. */
  readonly #allowances = new Map<string, Allowance>();
  #told: RoomNow & { readonly atMs: number } = { live: false, coming: false, ended: false, viewers: 0, atMs: 0 };

  /** `sinceMs`: when their ticket began to let them in. Classes of one room follow each other, and each is for those who paid for it. */
  join(attendant: Attendant, now: RoomNow, sinceMs: number): () => void {
    this.#attendants.add(attendant);
    attendant.send(textOf({ type: 'welcome', name: attendant.name, ...now, history: this.#history.shownTo(attendant.account, sinceMs) }), false);
    return () => this.#attendants.delete(attendant);
  }

  get size(): number {
    return this.#attendants.size;
  }

  countOf(account: string): number {
    return [...this.#attendants].filter((attendant) => attendant.account === account).length;
  }

  /** Takes one message from what an account may say. @returns milliseconds until it may, 0 where it may now */
  allow(account: string, nowMs: number): number {
    const { allowance, retryAfterMs } = spend(this.#allowances.get(account) ?? fullAllowance(nowMs), nowMs);
    this.#allowances.set(account, allowance);
    return retryAfterMs;
  }

  /** Accounts that said something a moment ago. */
  get counted(): number {
    return this.#allowances.size;
  }

  /** Forgets who may say all again; called now and then. */
  sweep(nowMs: number): void {
    for (const [account, allowance] of this.#allowances) if (isFull(allowance, nowMs)) this.#allowances.delete(account);
  }

  /**
   * To everybody here, the speaker's other screens included; each text is made once for all. What was said under this reference before is told to
   * the speaker alone: a page that does not know whether its message arrived may send it again.
   */
  say(from: Attendant, text: string, { atMs, ref }: { readonly atMs: number; readonly ref: string | undefined }): void {
    const known = ref === undefined ? undefined : this.#history.find(from.account, ref);
    if (known !== undefined) return from.send(textOf(toItsSender(known)), false);
    const chat: ChatMessage = { type: 'chat', id: randomUUID(), from: from.name, mine: false, text, at: new Date(atMs).toISOString() };
    const said: Said = { account: from.account, ref, atMs, chat };
    this.#history.add(said);
    const [theirs, mine] = [textOf(chat), textOf(toItsSender(said))];
    for (const attendant of this.#attendants) attendant.send(attendant.account === from.account ? mine : theirs, false);
  }

  /** Tells everybody what changed of the room, if anything did. */
  tell(now: RoomNow, nowMs: number): void {
    const turned = now.live !== this.#told.live || now.coming !== this.#told.coming || now.ended !== this.#told.ended;
    if (!turned && (now.viewers === this.#told.viewers || nowMs - this.#told.atMs < TELL_EVERY_MS)) return;
    this.#told = { ...now, atMs: nowMs };
    const text = textOf({ type: 'room', ...now });
    for (const attendant of this.#attendants) attendant.send(text, !turned);
  }

  /** Sends away whom the predicate names. */
  dismiss(whom: (attendant: Attendant) => boolean, code: number, reason: string): void {
    for (const attendant of this.#attendants) if (whom(attendant)) attendant.close(code, reason);
  }
}

function textOf(message: ToViewer): string {
  return JSON.stringify(message);
}
