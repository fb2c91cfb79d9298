import type { ErrorReason, Reply } from './reply.ts';

/**
 * The conversation with one camera (pure): one packet at a time, the next only after ACK, answer, error or silence. Packets of one
 * `key` replace each other while they wait, so the queue is as short as the number of keys and a camera never lags behind a finger.
 */
export interface Item {
  readonly key: string;
  readonly bytes: Buffer;
  readonly kind: 'command' | 'inquiry';
  /** Sent again until it is confirmed (stops), or given up after a few tries. */
  readonly untilConfirmed: boolean;
}

interface Queued {
  readonly item: Item;
  /** How often it was sent already. */
  readonly tries: number;
}

export interface Exchange {
  readonly queue: readonly Queued[];
  readonly waiting: { readonly item: Item; readonly sentAtMs: number; readonly tries: number } | null;
  /** Nothing is sent before: one packet a video frame, and a pause after an error. */
  readonly notBeforeMs: number;
}

export type Output =
  | { readonly type: 'send'; readonly bytes: Buffer }
  | { readonly type: 'settled'; readonly item: Item; readonly outcome: 'done' | 'silent' | ErrorReason }
  | { readonly type: 'answer'; readonly item: Item; readonly data: Buffer };

export interface Turn {
  readonly exchange: Exchange;
  readonly outputs: readonly Output[];
}

export const QUIET: Exchange = { queue: [], waiting: null, notBeforeMs: 0 };

const FRAME_MS = 33;
const REPLY_TIMEOUT_MS = 300;
const RETRY_PAUSE_MS = 100;
const MAX_TRIES = 3;

/** Commands go before inquiries; a stop before everything. */
export function submit(exchange: Exchange, item: Item, nowMs: number): Turn {
  const others = exchange.queue.filter((queued) => queued.item.key !== item.key);
  return advance({ ...exchange, queue: inOrder([...others, { item, tries: 0 }]) }, nowMs);
}

export function heard(exchange: Exchange, reply: Reply, nowMs: number): Turn {
  const { waiting } = exchange;
  if (waiting === null) return { exchange, outputs: [] };
  if (reply.type === 'error') return refused(exchange, waiting.item, waiting.tries, reply.reason, nowMs);
  if (waiting.item.kind === 'inquiry') {
    // ACKs and completions of earlier commands may come in between.
    return reply.type === 'answer' ? settle(exchange, [{ type: 'answer', item: waiting.item, data: reply.data }], nowMs) : { exchange, outputs: [] };
  }
  // Some cameras complete without an ACK. An answer here belongs to an inquiry that was given up.
  return reply.type === 'answer' ? { exchange, outputs: [] } : settle(exchange, [{ type: 'settled', item: waiting.item, outcome: 'done' }], nowMs);
}

/** Called at least every video frame: sends what waits, and sends again or gives up what was not answered. */
export function ticked(exchange: Exchange, nowMs: number): Turn {
  const { waiting } = exchange;
  if (waiting === null) return advance(exchange, nowMs);
  if (nowMs - waiting.sentAtMs < REPLY_TIMEOUT_MS) return { exchange, outputs: [] };
  return again(exchange, waiting.item, waiting.tries, 'silent', nowMs);
}

function refused(exchange: Exchange, item: Item, tries: number, reason: ErrorReason, nowMs: number): Turn {
  const worthAgain = item.untilConfirmed || reason === 'buffer-full';
  if (worthAgain) return again({ ...exchange, notBeforeMs: nowMs + RETRY_PAUSE_MS }, item, tries, reason, nowMs);
  return settle(exchange, [{ type: 'settled', item, outcome: reason }], nowMs);
}

/**
 * Queues the packet again behind its equals, unless a newer one of its key waits already or it was tried often enough: one that the
 * camera never answers must not keep a stop from it.
 */
function again(exchange: Exchange, item: Item, tries: number, reason: 'silent' | ErrorReason, nowMs: number): Turn {
  const replaced = exchange.queue.some((queued) => queued.item.key === item.key);
  if (replaced || (!item.untilConfirmed && tries >= MAX_TRIES) || item.kind === 'inquiry') {
    return settle(exchange, [{ type: 'settled', item, outcome: reason }], nowMs);
  }
  return settle({ ...exchange, queue: inOrder([...exchange.queue, { item, tries }]) }, [], nowMs);
}

function settle(exchange: Exchange, outputs: readonly Output[], nowMs: number): Turn {
  const turn = advance({ ...exchange, waiting: null }, nowMs);
  return { exchange: turn.exchange, outputs: [...outputs, ...turn.outputs] };
}

function advance(exchange: Exchange, nowMs: number): Turn {
  const [first, ...queue] = exchange.queue;
  if (first === undefined || exchange.waiting !== null || nowMs < exchange.notBeforeMs) return { exchange, outputs: [] };
  const { item, tries } = first;
  return {
    exchange: { queue, waiting: { item, sentAtMs: nowMs, tries: tries + 1 }, notBeforeMs: nowMs + FRAME_MS },
    outputs: [{ type: 'send', bytes: item.bytes }],
  };
}

/** The sort is stable: equals keep their order. */
function inOrder(queue: readonly Queued[]): Queued[] {
  return [...queue].sort((a, b) => rank(a.item) - rank(b.item));
}

function rank(item: Item): number {
  if (item.untilConfirmed) return 0;
  return item.kind === 'command' ? 1 : 2;
}
