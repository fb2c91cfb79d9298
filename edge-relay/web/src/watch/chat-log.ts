import type { ChatMessage } from '#edge-relay/contract/events.ts';

/** Said here and not yet told by the class: shown at once, so that nobody wonders. */
export interface Draft {
  readonly ref: string;
  readonly text: string;
}

export interface ChatLog {
  readonly messages: readonly ChatMessage[];
  readonly waiting: readonly Draft[];
}

export const emptyLog: ChatLog = { messages: [], waiting: [] };
const KEPT = 200;

export function said({ messages, waiting }: ChatLog, draft: Draft): ChatLog {
  return { messages, waiting: [...waiting, draft] };
}

export function received({ messages, waiting }: ChatLog, message: ChatMessage): ChatLog {
  return { messages: [...messages, message].slice(-KEPT), waiting: message.mine ? waiting.filter(({ ref }) => ref !== message.ref) : waiting };
}

/** Takes back what was refused; a refusal that names none is of the newest. */
export function refused(log: ChatLog, ref: string | undefined): { readonly log: ChatLog; readonly draft: Draft | null } {
  const draft = ref === undefined ? log.waiting.at(-1) : log.waiting.find((candidate) => candidate.ref === ref);
  return { log: { ...log, waiting: log.waiting.filter((candidate) => candidate !== draft) }, draft: draft ?? null };
}

/** After a reconnection: what still waits and is not in the history never arrived. */
export function welcomed({ messages, waiting }: ChatLog, history: readonly ChatMessage[]): { readonly log: ChatLog; readonly unsent: readonly Draft[] } {
  const known = new Set(messages.map(({ id }) => id));
  const arrived = new Set(history.filter(({ id, mine }) => mine && !known.has(id)).map(({ text }) => text));
  return { log: { messages: history, waiting: [] }, unsent: waiting.filter(({ text }) => !arrived.has(text)) };
}
