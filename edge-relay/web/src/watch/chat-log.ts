import type { ChatMessage } from '#edge-relay/contract/events.ts';

/** Said here and not yet told by the class: shown at once, so that nobody wonders, and kept until the class has it or its writer removes it. */
export interface Draft {
  readonly ref: string;
  readonly text: string;
  /** `sent`: the answer is still to come. `refused`: goes only when its writer says so. */
  readonly state: 'waiting' | 'sent' | 'refused';
}

export interface ChatLog {
  readonly messages: readonly ChatMessage[];
  readonly waiting: readonly Draft[];
}

export const emptyLog: ChatLog = { messages: [], waiting: [] };
const KEPT = 200;

export function said({ messages, waiting }: ChatLog, { ref, text }: Pick<Draft, 'ref' | 'text'>): ChatLog {
  return { messages, waiting: [...waiting, { ref, text, state: 'waiting' }] };
}

/** The next to send: one after the other as they are answered, so that they arrive in the order in which they were written. */
export function dueOf({ waiting }: ChatLog): Draft | null {
  return sentOf(waiting) ? null : (waiting.find(({ state }) => state === 'waiting') ?? null);
}

export function marked({ messages, waiting }: ChatLog, ref: string, state: Draft['state']): ChatLog {
  return { messages, waiting: waiting.map((draft) => (draft.ref === ref ? { ...draft, state } : draft)) };
}

export function without({ messages, waiting }: ChatLog, ref: string): ChatLog {
  return { messages, waiting: waiting.filter((draft) => draft.ref !== ref) };
}

export function received({ messages, waiting }: ChatLog, message: ChatMessage): ChatLog {
  return { messages: merged(messages, [message]), waiting: unheard(waiting, [message]) };
}

/** Which one a refusal is of; one that names none is of what waits for its answer. */
export function refusedOf({ waiting }: ChatLog, ref: string | undefined): Draft | null {
  return (ref === undefined ? sentOf(waiting) : waiting.find((draft) => draft.ref === ref)) ?? null;
}

/**
 * After a reconnection: whatever was sent and is not in the history goes again under its reference, by which the edge knows one that did arrive.
 * An edge that was restarted has no history; what is shown here stays.
 */
export function welcomed({ messages, waiting }: ChatLog, history: readonly ChatMessage[]): ChatLog {
  const again = unheard(waiting, history).map((draft): Draft => (draft.state === 'sent' ? { ...draft, state: 'waiting' } : draft));
  return { messages: merged(messages, history), waiting: again };
}

function sentOf(waiting: readonly Draft[]): Draft | undefined {
  return waiting.find(({ state }) => state === 'sent');
}

/** By reference and not by text: who says yes twice means it twice. */
function unheard(waiting: readonly Draft[], heard: readonly ChatMessage[]): readonly Draft[] {
  const refs = new Set(heard.filter(({ mine }) => mine).map(({ ref }) => ref));
  return waiting.filter(({ ref }) => !refs.has(ref));
}

/** Each once, by the edge's clock: what arrived before the connection was lost may be told long after. */
function merged(known: readonly ChatMessage[], more: readonly ChatMessage[]): readonly ChatMessage[] {
  const byId = new Map([...known, ...more].map((message) => [message.id, message]));
  return [...byId.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at)).slice(-KEPT);
}
