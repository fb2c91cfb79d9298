import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Chat } from './chat.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function saying(...texts: readonly string[]): Chat {
  const chat = new Chat();
  for (const text of texts) {
    chat.draft = text;
    chat.say();
  }
  return chat;
}
/** The class tells what was sent, as an edge does. */
function answer(chat: Chat, ref: string, text: string): void {
  chat.receive({ type: 'chat', id: `id of ${ref}`, from: 'Ana', mine: true, text, at: new Date().toISOString(), ref });
}
const tooFast = (ref: string) => ({ type: 'refused', code: 'too_fast', message: '', retryAfterMs: 800, ref }) as const;
const texts = (chat: Chat) => chat.waiting.map(({ text, state }) => `${text} ${state}`);
const taken = (chat: Chat) => chat.take() ?? { ref: '', text: '' };

it('takes nothing from an empty field', () => {
  const chat = saying('', '  ');
  expect([chat.due, chat.take(), chat.waiting]).toEqual([false, null, []]);
});

it('sends one at a time, each under a reference of its own, and leaves alone what is being typed', () => {
  const chat = saying('A', 'A');
  chat.draft = 'half a';
  const first = taken(chat);
  expect([chat.due, chat.take()]).toEqual([false, null]);
  answer(chat, first.ref, 'A');
  const second = taken(chat);
  expect([second.text, second.ref === first.ref, chat.draft]).toEqual(['A', false, 'half a']);
});

it('sends again by itself, in order and under the same reference, what a lost connection left open', () => {
  const chat = saying('A', 'B');
  chat.draft = 'C, half';
  const lost = taken(chat);
  chat.restore([]);
  expect(taken(chat)).toEqual(lost);
  answer(chat, lost.ref, 'A');
  expect(taken(chat).text).toBe('B');
  expect(chat.draft).toBe('C, half');
});

it('does not send again what the history has', () => {
  const chat = saying('A', 'B');
  const { ref } = taken(chat);
  chat.restore([{ type: 'chat', id: 'a', from: 'Ana', mine: true, text: 'A', at: '2026-11-21T10:00:00Z', ref }]);
  expect([chat.messages.map(({ text }) => text), taken(chat).text]).toEqual([['A'], 'B']);
});

it('waits as long as it is told where it went too fast, then goes on with the same message', () => {
  const chat = saying('A', 'B');
  const { ref } = taken(chat);
  chat.refuse(tooFast(ref));
  expect([chat.due, chat.take(), chat.refusal?.code]).toEqual([false, null, 'too_fast']);
  vi.advanceTimersByTime(800);
  expect([chat.due, taken(chat).ref]).toEqual([true, ref]);
});

it('keeps what is refused for good, goes on with the next, and sends it again when asked', () => {
  const chat = saying('A', 'B');
  chat.draft = 'C';
  const { ref } = taken(chat);
  chat.refuse({ type: 'refused', code: 'muted', message: 'Not now.', ref });
  expect([texts(chat), chat.draft, chat.refusal?.message]).toEqual([['A refused', 'B waiting'], 'C', 'Not now.']);
  answer(chat, taken(chat).ref, 'B');
  expect(chat.due).toBe(false);
  chat.again(ref);
  expect(taken(chat).ref).toBe(ref);
  vi.advanceTimersByTime(3_000);
  expect(chat.refusal).toBeNull();
});

it('forgets a message that its writer removes', () => {
  const chat = saying('A');
  const { ref } = taken(chat);
  chat.refuse({ type: 'refused', code: 'bad_message', message: '', ref });
  chat.discard(ref);
  expect(chat.waiting).toEqual([]);
});

it('says nothing of a refusal that is of no message here', () => {
  const chat = saying('A');
  chat.refuse({ type: 'refused', code: 'bad_token', message: '' });
  expect([texts(chat), chat.refusal]).toEqual([['A waiting'], null]);
});
