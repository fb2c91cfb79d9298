import { cancel } from './commands.ts';
import type { ErrorReason, Reply } from './reply.ts';

/**
 * The conversation with one camera (pure). A command is sent when the one before was acknowledged or given up, at most one a video
 * frame; an inquiry in the time between. Of packets for the same motors only the newest waits, so a camera never lags behind a finger.
 */
export interface Item {
  /** Packets of one key replace each other while they wait. */
  readonly key: string;
  readonly bytes: Buffer;
  readonly kind: 'command' | 'inquiry' | 'cancel';
  readonly motors: readonly Motor[];
  readonly insist: Insistence;
  /** Lengths of an inquiry's answer. */
  readonly lengths?: readonly number[];
}

export type Motor = 'pan-tilt' | 'zoom' | 'focus';
/** `once`: sent again only where the camera can tell a repetition (numbered packets). */
export type Insistence = 'until-confirmed' | 'few-times' | 'once';

interface Sending {
  readonly item: Item;
  /** How often it was sent already. */
  readonly tries: number;
  /** Kept by a repetition that follows at once. */
  readonly number: number;
  readonly sentAtMs: number;
}

interface Running {
  readonly socket: number;
  readonly item: Item;
  readonly number: number;
}

export interface Exchange {
  readonly queue: readonly Sending[];
  /** Sent, and neither acknowledged nor refused. */
  readonly command: Sending | null;
  /** Sent and not answered. */
  readonly inquiry: Sending | null;
  /** Acknowledged and not complete: what the camera's two sockets hold. */
  readonly running: readonly Running[];
  readonly lastNumber: number;
  /** No command is sent before: one a video frame, and a pause after an error. */
  readonly notBeforeMs: number;
  /** The link numbers packets and answers. */
  readonly numbered: boolean;
  /** Answers in a row whose number fitted nothing: some cameras count as they like, and then numbers say nothing. */
  readonly strays: number;
  /** Completions without an ACK in a row: some cameras have no ACKs. */
  readonly bare: number;
}

export type Outcome = 'done' | 'silent' | 'superseded' | ErrorReason;

export type Output =
  | { readonly type: 'send'; readonly bytes: Buffer; readonly number: number }
  | { readonly type: 'reset-numbers' }
  /** The camera took it, refused it or did not answer; a motion goes on. */
  | { readonly type: 'settled'; readonly item: Item; readonly outcome: Outcome }
  /** What was taken is carried out, or was cancelled. */
  | { readonly type: 'finished'; readonly item: Item }
  | { readonly type: 'answer'; readonly item: Item; readonly data: Buffer };

export interface Turn {
  readonly exchange: Exchange;
  readonly outputs: readonly Output[];
}

const FRAME_MS = 33;
const REPLY_TIMEOUT_MS = 300;
const RETRY_PAUSE_MS = 100;
/** A command waits for an outstanding answer no longer than this, and an inquiry is asked only where this much time is left. */
const OVERTAKE_MS = 15;
const MAX_TRIES = 3;
const STRAYS_TO_DISTRUST = 3;
const BARE_TO_BELIEVE = 2;
const MAX_NUMBER = 0xffff_ffff;

export function quiet(numbered: boolean): Exchange {
  return { queue: [], command: null, inquiry: null, running: [], lastNumber: 0, notBeforeMs: 0, numbered, strays: 0, bare: 0 };
}

/** Stops go before cancels, those before commands, and inquiries last. What waits for the same motors makes way. */
export function submit(exchange: Exchange, item: Item, nowMs: number): Turn {
  const [dropped, kept] = split(exchange.queue, (queued) => replaces(item, queued.item));
  // In the place of what it replaces: two motors that are both driven anew every 40 ms would otherwise keep one of them waiting for ever.
  const first = exchange.queue.findIndex((queued) => replaces(item, queued.item));
  const queue = kept.toSpliced(first === -1 ? kept.length : first, 0, { item, tries: 0, number: 0, sentAtMs: 0 });
  const turn = advance({ ...exchange, queue: inOrder(queue) }, nowMs);
  const gone = dropped.filter((queued) => queued.item.key !== item.key);
  return { exchange: turn.exchange, outputs: [...gone.map(({ item: old }) => settled(old, 'superseded')), ...turn.outputs] };
}

/** `number` is the number of the packet that is answered, on links that have one. */
export function heard(exchange: Exchange, reply: Reply, number: number | null, nowMs: number): Turn {
  const known = noticed(exchange, reply, number);
  const trusted = known.strays < STRAYS_TO_DISTRUST ? number : null;
  switch (reply.type) {
    case 'ack':
      return known.command !== null && fits(known.command, trusted) && known.command.item.kind === 'command' ? acknowledged(known, known.command, reply.socket, nowMs) : nothing(known);
    case 'completion':
      return completed(known, reply.socket, trusted, nowMs);
    case 'answer':
      return answered(known, reply.data, trusted, nowMs);
    case 'error':
      return refused(known, reply.socket, reply.reason, trusted, nowMs);
  }
}

/**
 * The camera refuses a packet's number (`0F 01`), as it does every number up to the newest that it has seen. To a repetition behind which nothing
 * was sent that means that it had already run; behind which something was, nothing at all; to a first packet, that both count anew.
 */
export function numberRefused(exchange: Exchange, number: number, nowMs: number): Turn {
  const { command, inquiry } = exchange;
  if (command !== null && command.number === number) {
    if (command.tries > 1) return settle(exchange, 'command', [settled(command.item, number === exchange.lastNumber ? 'done' : 'silent')], nowMs);
    const anew = { ...exchange, queue: inOrder([...exchange.queue, { ...command, number: 0 }]) };
    return settle(anew, 'command', [{ type: 'reset-numbers' }], nowMs);
  }
  if (inquiry === null || inquiry.number !== number) return nothing(exchange);
  return settle(exchange, 'inquiry', [{ type: 'reset-numbers' }, settled(inquiry.item, 'silent')], nowMs);
}

/** Sends what waits, and sends again or gives up what was not answered. To be called at {@link dueAtMs} at the latest. */
export function ticked(exchange: Exchange, nowMs: number): Turn {
  const { command, inquiry } = exchange;
  if (inquiry !== null && nowMs - inquiry.sentAtMs >= REPLY_TIMEOUT_MS) return settle(exchange, 'inquiry', [settled(inquiry.item, 'silent')], nowMs);
  if (command === null || nowMs - command.sentAtMs < REPLY_TIMEOUT_MS) return advance(exchange, nowMs);
  // A camera without ACKs says nothing until the motion is over.
  if (exchange.bare >= BARE_TO_BELIEVE && command.item.insist !== 'until-confirmed') return settle(exchange, 'command', [settled(command.item, 'done')], nowMs);
  return again(exchange, command, 'silent', nowMs);
}

/** When time alone changes something; infinite where only the camera can. */
export function dueAtMs({ queue, command, inquiry, notBeforeMs }: Exchange): number {
  const replies = [command, inquiry].flatMap((sending) => (sending === null ? [] : [sending.sentAtMs + REPLY_TIMEOUT_MS]));
  const [first] = queue;
  if (first === undefined || command !== null) return Math.min(Number.POSITIVE_INFINITY, ...replies);
  const free = first.item.kind === 'inquiry' ? (inquiry === null ? 0 : Number.POSITIVE_INFINITY) : Math.max(notBeforeMs, inquiry === null ? 0 : inquiry.sentAtMs + OVERTAKE_MS);
  return Math.min(free, ...replies);
}

function acknowledged(exchange: Exchange, { item, number }: Sending, socket: number, nowMs: number): Turn {
  const [lost, others] = split(exchange.running, (running) => running.socket === socket);
  const running = socket === 0 ? others : [...others, { socket, item, number }];
  // A socket that is given anew was free: its completion was lost on the way.
  return settle({ ...exchange, running, bare: 0 }, 'command', [...lost.map(finished), settled(item, 'done')], nowMs);
}

function completed(exchange: Exchange, socket: number, number: number | null, nowMs: number): Turn {
  const { command } = exchange;
  const [ended, running] = split(exchange.running, (one) => one.socket === socket && (number === null || one.number === number));
  if (ended.length > 0) return withOutputs(advance({ ...exchange, running }, nowMs), ended.map(finished));
  if (command === null || command.item.kind === 'cancel' || !fits(command, number)) return nothing(exchange);
  const outputs: Output[] = [settled(command.item, 'done'), { type: 'finished', item: command.item }];
  return settle({ ...exchange, bare: socket === 0 ? exchange.bare : exchange.bare + 1 }, 'command', outputs, nowMs);
}

function answered(exchange: Exchange, data: Buffer, number: number | null, nowMs: number): Turn {
  const { inquiry } = exchange;
  if (inquiry === null || !fits(inquiry, number) || inquiry.item.lengths?.includes(data.length) === false) return nothing(exchange);
  return settle(exchange, 'inquiry', [{ type: 'answer', item: inquiry.item, data }], nowMs);
}

function refused(exchange: Exchange, socket: number, reason: ErrorReason, number: number | null, nowMs: number): Turn {
  if (reason === 'cancelled' || reason === 'no-socket') return cancelled(exchange, socket, nowMs);
  const slot = blamed(exchange, socket, reason, number);
  if (slot === 'inquiry') return settle(exchange, 'inquiry', [settled(exchange.inquiry?.item ?? NONE, reason)], nowMs);
  if (slot === 'command' && exchange.command !== null) return commandRefused(exchange, exchange.command, reason, nowMs);
  // Taken first, refused later: it is over.
  const [ended, running] = split(exchange.running, (one) => one.socket === socket);
  return withOutputs(nothing({ ...exchange, running }), ended.map(finished));
}

function cancelled(exchange: Exchange, socket: number, nowMs: number): Turn {
  const [ended, running] = split(exchange.running, (one) => one.socket === socket);
  const rest = { ...exchange, running };
  const asked = exchange.command?.item.kind === 'cancel' ? exchange.command.item : null;
  const turn = asked === null ? advance(rest, nowMs) : settle(rest, 'command', [settled(asked, 'done')], nowMs);
  return withOutputs(turn, ended.map(finished));
}

/** An error without a number names the packet by its socket at best; a camera answers in the order in which it was asked. */
function blamed({ command, inquiry, running }: Exchange, socket: number, reason: ErrorReason, number: number | null): 'command' | 'inquiry' | null {
  const candidates = { command: command !== null && fits(command, number), inquiry: inquiry !== null && fits(inquiry, number) };
  if (!candidates.command && !candidates.inquiry) return null;
  if (candidates.command !== candidates.inquiry) return candidates.command ? 'command' : socket === 0 || !running.some((one) => one.socket === socket) ? 'inquiry' : null;
  if (socket !== 0 || reason === 'buffer-full') return 'command';
  return (command?.sentAtMs ?? 0) <= (inquiry?.sentAtMs ?? 0) ? 'command' : 'inquiry';
}

function commandRefused(exchange: Exchange, sending: Sending, reason: ErrorReason, nowMs: number): Turn {
  const { item } = sending;
  const later = { ...exchange, notBeforeMs: nowMs + RETRY_PAUSE_MS };
  if (reason === 'buffer-full' && item.motors.length > 0) return again({ ...later, notBeforeMs: nowMs, queue: inOrder([...later.queue, ...cancels(later, item)]) }, { ...sending, number: 0 }, reason, nowMs);
  // A refused packet was not carried out: it goes out again as a new one.
  if (item.insist === 'until-confirmed' || reason === 'buffer-full') return again(later, { ...sending, number: 0 }, reason, nowMs);
  return settle(exchange, 'command', [settled(item, reason)], nowMs);
}

/** Both sockets are taken: what moves the same motors has to end first. A stop ends all, known or not. */
function cancels({ running, queue }: Exchange, item: Item): Sending[] {
  const sockets = running.filter((one) => one.item.motors.some((motor) => item.motors.includes(motor))).map(({ socket }) => socket);
  const all = sockets.length === 0 && item.insist === 'until-confirmed' ? [1, 2] : sockets;
  return all
    .map((socket): Item => ({ key: `cancel-${socket}`, bytes: cancel(socket), kind: 'cancel', motors: [], insist: 'once' }))
    .filter(({ key }) => !queue.some((queued) => queued.item.key === key))
    .map((cancelling) => ({ item: cancelling, tries: 0, number: 0, sentAtMs: 0 }));
}

/**
 * Queues the packet again behind its equals, unless a newer one took its place or it was tried often enough: one that the camera never
 * answers must not keep a stop from it.
 */
function again(exchange: Exchange, sending: Sending, reason: Outcome, nowMs: number): Turn {
  const { item, tries } = sending;
  const replaced = exchange.queue.some((queued) => replaces(queued.item, item));
  const repeatable = item.insist !== 'once' || exchange.numbered || reason === 'buffer-full';
  if (replaced) return settle(exchange, 'command', [settled(item, 'superseded')], nowMs);
  if (!repeatable || (item.insist !== 'until-confirmed' && tries >= MAX_TRIES)) return settle(exchange, 'command', [settled(item, reason)], nowMs);
  return settle({ ...exchange, queue: inOrder([...exchange.queue, sending]) }, 'command', [], nowMs);
}

function settle(exchange: Exchange, slot: 'command' | 'inquiry', outputs: readonly Output[], nowMs: number): Turn {
  return withOutputs(advance({ ...exchange, [slot]: null }, nowMs), outputs);
}

/** Sends the first that may go; what goes first blocks what stands behind, but for an inquiry that fits in before a command's time. */
function advance(exchange: Exchange, nowMs: number): Turn {
  const { queue, command, inquiry, notBeforeMs } = exchange;
  const next = queue.find(({ item }) => item.kind !== 'inquiry');
  if (command !== null) return nothing(exchange);
  const held = next === undefined ? Number.POSITIVE_INFINITY : Math.max(notBeforeMs, inquiry === null ? 0 : inquiry.sentAtMs + OVERTAKE_MS);
  if (next !== undefined && nowMs >= held) return send({ ...exchange, notBeforeMs: nowMs + FRAME_MS }, next, 'command', nowMs);
  const question = inquiry === null ? queue.find(({ item }) => item.kind === 'inquiry') : undefined;
  return question !== undefined && held - nowMs >= OVERTAKE_MS ? send(exchange, question, 'inquiry', nowMs) : nothing(exchange);
}

function send(exchange: Exchange, queued: Sending, slot: 'command' | 'inquiry', nowMs: number): Turn {
  // Overtaken, its old number would be refused though it never arrived: what may be done twice is a new packet then.
  const isNew = queued.number === 0 || (queued.number !== exchange.lastNumber && queued.item.insist !== 'once');
  const lastNumber = isNew ? (exchange.lastNumber % MAX_NUMBER) + 1 : exchange.lastNumber;
  const number = isNew ? lastNumber : queued.number;
  const sending: Sending = { ...queued, number, tries: queued.tries + 1, sentAtMs: nowMs };
  const queue = exchange.queue.filter((other) => other !== queued);
  return { exchange: { ...exchange, queue, lastNumber, [slot]: sending }, outputs: [{ type: 'send', bytes: queued.item.bytes, number }] };
}

/** Keeps count of answers that fit nothing that was sent. */
function noticed(exchange: Exchange, reply: Reply, number: number | null): Exchange {
  if (number === null || exchange.strays >= STRAYS_TO_DISTRUST || reply.type === 'completion') return exchange;
  const known = [exchange.command, exchange.inquiry, ...exchange.running].some((one) => one?.number === number);
  return { ...exchange, strays: known ? 0 : exchange.strays + 1 };
}

const NONE: Item = { key: '', bytes: Buffer.alloc(0), kind: 'inquiry', motors: [], insist: 'once' };
const settled = (item: Item, outcome: Outcome): Output => ({ type: 'settled', item, outcome });
const finished = ({ item }: Running): Output => ({ type: 'finished', item });
const nothing = (exchange: Exchange): Turn => ({ exchange, outputs: [] });
const fits = (sending: Sending, number: number | null): boolean => number === null || sending.number === number;
const withOutputs = (turn: Turn, before: readonly Output[]): Turn => ({ exchange: turn.exchange, outputs: [...before, ...turn.outputs] });

function replaces(newer: Item, older: Item): boolean {
  return newer.key === older.key || newer.motors.some((motor) => older.motors.includes(motor));
}

function split<T>(list: readonly T[], chosen: (one: T) => boolean): [T[], T[]] {
  return [list.filter(chosen), list.filter((one) => !chosen(one))];
}

/** The sort is stable: equals keep their order. */
function inOrder(queue: readonly Sending[]): Sending[] {
  return [...queue].sort((a, b) => rank(a) - rank(b));
}

/** A stop that is refused again and again (the camera is off, its menu is open) must not keep "switch on" from it. */
function rank({ item: { kind, insist }, tries }: Sending): number {
  if (kind === 'cancel') return 0;
  if (kind === 'inquiry') return 3;
  return insist === 'until-confirmed' && tries < MAX_TRIES ? 1 : 2;
}
