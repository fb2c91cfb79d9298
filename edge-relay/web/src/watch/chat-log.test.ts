import type { ChatMessage } from '#edge-relay/contract/events.ts';
import { expect, it } from 'vitest';
import { dueOf, emptyLog, marked, received, refusedOf, said, welcomed, without } from './chat-log.ts';

const message = (id: string, text: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  type: 'chat', id, from: 'Ana', mine: false, text, at: '2026-11-21T10:00:00Z', ...more,
});
const two = said(said(emptyLog, { ref: '1', text: 'yes' }), { ref: '2', text: 'yes' });
const underWay = marked(two, '1', 'sent');
const refs = (log: typeof two) => log.waiting.map(({ ref, state }) => `${ref} ${state}`);

it('replaces what was said here by what the class tells', () => {
  const log = received(received(two, message('a', 'hello')), message('b', 'yes', { mine: true, ref: '1' }));
  expect(log.messages.map(({ text }) => text)).toEqual(['hello', 'yes']);
  expect(refs(log)).toEqual(['2 waiting']);
});

it('sends one after the other, past what was refused', () => {
  expect(dueOf(two)?.ref).toBe('1');
  expect(dueOf(underWay)).toBeNull();
  expect(dueOf(marked(two, '1', 'refused'))?.ref).toBe('2');
  expect(dueOf(emptyLog)).toBeNull();
});

it('knows what a refusal is of: of what was sent, where it names none', () => {
  expect(refusedOf(underWay, '2')?.ref).toBe('2');
  expect(refusedOf(underWay, undefined)?.ref).toBe('1');
  expect([refusedOf(two, undefined), refusedOf(two, 'x')]).toEqual([null, null]);
});

it('lets go of a message only when its writer says so', () => {
  expect(refs(without(marked(two, '1', 'refused'), '1'))).toEqual(['2 waiting']);
});

it('tells what got lost from what arrived by the reference, not by the text', () => {
  const log = welcomed(marked(underWay, '2', 'sent'), [message('a', 'yes', { mine: true, ref: '2' })]);
  expect(refs(log)).toEqual(['1 waiting']);
});

it('sends again in the order of writing whatever a busy class left no trace of, and not what was refused', () => {
  const three = marked(said(underWay, { ref: '3', text: 'no' }), '2', 'refused');
  const history = Array.from({ length: 50 }, (_, index) => message(String(index), 'x'));
  expect(refs(welcomed(three, history))).toEqual(['1 waiting', '2 refused', '3 waiting']);
});

it('keeps what it shows when the edge was restarted, and adds what it missed', () => {
  const before = received(received(emptyLog, message('a', 'one')), message('b', 'two'));
  expect(welcomed(before, []).messages).toEqual(before.messages);
  expect(welcomed(before, [message('b', 'two'), message('c', 'three')]).messages.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});

it('shows a message once, where it was said', () => {
  const early = message('a', 'early', { mine: true, ref: '1', at: '2026-11-21T09:59:00Z' });
  const log = received(received(received(emptyLog, message('b', 'late')), early), early);
  expect(log.messages.map(({ id }) => id)).toEqual(['a', 'b']);
});

it('keeps the last two hundred', () => {
  const log = Array.from({ length: 230 }, (_, index) => message(String(index), 'x')).reduce(received, emptyLog);
  expect([log.messages.length, log.messages[0]?.id]).toEqual([200, '30']);
});
