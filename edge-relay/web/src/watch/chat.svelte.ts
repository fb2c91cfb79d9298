import type { ChatMessage, ToViewer } from '#edge-relay/contract/events.ts';
import { type ChatLog, type Draft, dueOf, emptyLog, marked, received, refusedOf, said, welcomed, without } from './chat-log.ts';

type Refused = Extract<ToViewer, { type: 'refused' }>;
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number;
}

/** A reason is read in this time, after the wait that it names. */
const REASON_SHOWN_MS = 3_000;
/** Where too fast comes without a time. */
const MIN_HOLD_MS = 200;

/** What is said in the class, and what the student is writing. */
export class Chat {
  #log = $state.raw<ChatLog>(emptyLog);
  #refusal = $state.raw<Refusal | null>(null);
  /** It went too fast: nothing is sent for a moment. */
  #held = $state(false);
  #forget: ReturnType<typeof setTimeout> | undefined;
  #release: ReturnType<typeof setTimeout> | undefined;
  /** The field's text. */
  draft = $state('');

  get messages(): readonly ChatMessage[] {
    return this.#log.messages;
  }
  get waiting(): readonly Draft[] {
    return this.#log.waiting;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }
  /** A message may go now: whoever holds the connection takes it. */
  get due(): boolean {
    return !this.#held && dueOf(this.#log) !== null;
  }

  /** Puts the field's text into the list, from where it goes by itself. */
  say(): void {
    const text = this.draft.trim();
    if (text === '') return;
    this.#log = said(this.#log, { ref: newRef(), text });
    this.#refusal = null;
    this.draft = '';
  }

  /** Takes the message that is to be sent now; null where there is none. */
  take(): { type: 'chat'; text: string; ref: string } | null {
    const next = this.#held ? null : dueOf(this.#log);
    if (next === null) return null;
    this.#log = marked(this.#log, next.ref, 'sent');
    return { type: 'chat', text: next.text, ref: next.ref };
  }

  /** Sends what was refused once more. */
  again(ref: string): void {
    this.#log = marked(this.#log, ref, 'waiting');
  }

  discard(ref: string): void {
    this.#log = without(this.#log, ref);
  }

  receive(message: ChatMessage): void {
    this.#log = received(this.#log, message);
  }

  restore(history: readonly ChatMessage[]): void {
    this.#log = welcomed(this.#log, history);
  }

  /** What went too fast goes by itself a moment later; whatever else was refused stays in the list for its writer to decide. */
  refuse({ code, message, retryAfterMs = 0, ref }: Refused): void {
    const draft = refusedOf(this.#log, ref);
    if (draft === null) return;
    const tooFast = code === 'too_fast';
    if (tooFast) this.#hold(retryAfterMs);
    this.#log = marked(this.#log, draft.ref, tooFast ? 'waiting' : 'refused');
    this.#tell({ code, message, retryAfterMs });
  }

  #hold(ms: number): void {
    this.#held = true;
    clearTimeout(this.#release);
    this.#release = setTimeout(() => (this.#held = false), Math.max(ms, MIN_HOLD_MS));
  }

  #tell(refusal: Refusal): void {
    this.#refusal = refusal;
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => (this.#refusal = null), refusal.retryAfterMs + REASON_SHOWN_MS);
  }
}

/** Never twice in an account, whose other pages count too: the edge takes a second message under one reference for the first. */
function newRef(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}
