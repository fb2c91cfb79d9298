import type { ChatMessage, ToViewer } from '#edge-relay/contract/events.ts';
import { type ChatLog, type Draft, emptyLog, received, refused, said, welcomed } from './chat-log.ts';

type Refused = Extract<ToViewer, { type: 'refused' }>;
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number;
}

/** A reason is read in this time, after the wait that it names. */
const REASON_SHOWN_MS = 3_000;

/** What is said in the class, and what the student is writing. */
export class Chat {
  #log = $state.raw<ChatLog>(emptyLog);
  #refusal = $state.raw<Refusal | null>(null);
  #forget: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  /** The field's text: here, so that a refused message can be given back. */
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

  /** Takes the field's text; null where there is nothing to send. */
  take(): { type: 'chat'; text: string; ref: string } | null {
    const text = this.draft.trim();
    if (text === '') return null;
    const ref = `${Date.now()}-${this.#count++}`;
    this.#log = said(this.#log, { ref, text });
    this.#refusal = null;
    this.draft = '';
    return { type: 'chat', text, ref };
  }

  receive(message: ChatMessage): void {
    this.#log = received(this.#log, message);
  }

  restore(history: readonly ChatMessage[]): void {
    const { log, unsent } = welcomed(this.#log, history);
    this.#log = log;
    const lost = unsent.at(-1);
    if (lost) this.#giveBack(lost, { code: 'not_sent', message: '', retryAfterMs: 0 });
  }

  refuse({ code, message, retryAfterMs = 0, ref }: Refused): void {
    const { log, draft } = refused(this.#log, ref);
    this.#log = log;
    if (draft) this.#giveBack(draft, { code, message, retryAfterMs });
  }

  #giveBack({ text }: Draft, refusal: Refusal): void {
    if (this.draft === '') this.draft = text;
    this.#refusal = refusal;
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => (this.#refusal = null), refusal.retryAfterMs + REASON_SHOWN_MS);
  }
}
