import type { ChatMessage } from '#edge-relay/contract/events.ts';
import { expect, it } from 'vitest';
import { emptyLog, received, refused, said, welcomed } from './chat-log.ts';

const message = (id: string, text: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  type: 'chat', id, from: 'Ana', mine: false, text, at: '2026-11-21T10:00:00Z', ...more,
});
const two = said(said(emptyLog, { ref: '1', text: 'why?' }), { ref: '2', text: 'because' });

it('replaces what was said here by what the class tells', () => {
  const log = received(received(two, message('a', 'hello')), message('b', 'why?', { mine: true, ref: '1' }));
  expect(log.messages.map(({ text }) => text)).toEqual(['hello', 'why?']);
  expect(log.waiting.map(({ text }) => text)).toEqual(['because']);
});

it('gives back what was refused, the newest where none is named', () => {
  expect(refused(two, '1')).toEqual({ log: { messages: [], waiting: [{ ref: '2', text: 'because' }] }, draft: { ref: '1', text: 'why?' } });
  expect(refused(two, undefined).draft?.text).toBe('because');
  expect(refused(emptyLog, undefined).draft).toBeNull();
});

it('tells what got lost from what arrived while the connection was gone', () => {
  const before = { ...two, messages: [message('a', 'because', { mine: true })] };
  const history = [message('a', 'because', { mine: true }), message('b', 'why?', { mine: true })];
  expect(welcomed(before, history)).toEqual({ log: { messages: history, waiting: [] }, unsent: [{ ref: '2', text: 'because' }] });
});

it('keeps the last two hundred', () => {
  const log = Array.from({ length: 230 }, (_, index) => message(String(index), 'x')).reduce(received, emptyLog);
  expect([log.messages.length, log.messages[0]?.id]).toEqual([200, '30']);
});
