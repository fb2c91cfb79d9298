/** Asks the rule whether an account may watch a room, and tells whoever holds a viewer when the answer turns to no. */
import { CodedError } from '#kit/process/errors.ts';
import type { Offer } from '../contract/api.ts';
import { mayWatch, openedAtMs, type WatchVerdict } from './may-watch.ts';
import type { Course } from './model.ts';
import type { TicketStore } from './ports.ts';

/** A remembered yes: what a viewer's playlists cost is one lookup in 2 s, not five a second. Any admin's change forgets all. */
const REMEMBERED_MS = 2_000;

export class Entitlements {
  readonly #tickets: TicketStore;
  readonly #now: () => number;
  readonly #yes = new Map<string, number>();
  readonly #revoked = new Set<(account: string, mayStillWatch: (room: string) => boolean) => void>();

  constructor(tickets: TicketStore, now: () => number) {
    this.#tickets = tickets;
    this.#now = now;
  }

  /** @throws CodedError 404 `unknown_room`, 402 `ticket_needed`, 403 `another_class`, `class_over`, `not_on_sale` */
  demand(account: string, room: string): void {
    const access = this.#tickets.accessOf(account, room);
    if (access === null) throw unknownRoom(room);
    const verdict = mayWatch(access, this.#now());
    if (verdict.verdict !== 'allowed') throw refusalOf(verdict);
  }

  allows(account: string, room: string): boolean {
    const key = `${account}/${room}`;
    const nowMs = this.#now();
    if ((this.#yes.get(key) ?? 0) > nowMs) return true;
    const access = this.#tickets.accessOf(account, room);
    const allowed = access !== null && mayWatch(access, nowMs).verdict === 'allowed';
    if (allowed) this.#yes.set(key, nowMs + REMEMBERED_MS);
    return allowed;
  }

  /** Since when this account's ticket has let it in; whoever may not come in has nothing to see. */
  sinceMs(account: string, room: string): number {
    const access = this.#tickets.accessOf(account, room);
    const verdict = access === null ? null : mayWatch(access, this.#now());
    return access === null || verdict?.verdict !== 'allowed' ? Infinity : openedAtMs(access, verdict.course);
  }

  /** A viewer whose right is gone, as the doors and the events socket say it. */
  demandStill(account: string, room: string): void {
    if (!this.allows(account, room)) throw new CodedError('ticket_revoked', 'Your ticket for this class is no longer valid.', { status: 403 });
  }

  onRevoked(listener: (account: string, mayStillWatch: (room: string) => boolean) => void): () => void {
    this.#revoked.add(listener);
    return () => this.#revoked.delete(listener);
  }

  /** Courses, rooms or tickets changed. */
  changed(): void {
    this.#yes.clear();
  }

  revoked(account: string): void {
    this.changed();
    for (const listener of this.#revoked) listener(account, (room) => this.allows(account, room));
  }

  /** Forgets what has expired; called now and then. */
  sweep(): void {
    const nowMs = this.#now();
    for (const [key, untilMs] of this.#yes) if (untilMs <= nowMs) this.#yes.delete(key);
  }
}

export function unknownRoom(room: string): CodedError {
  return new CodedError('unknown_room', `There is no room ${room} here. Check the link.`, { status: 404 });
}

export function ticketNeeded(course: Course): CodedError {
  return new CodedError('ticket_needed', 'You need a ticket for this class.', { status: 402, details: { offer: offerFrom(course) } });
}

export function offerFrom(course: Course): Offer {
  const { title, teacher, description, priceCents, currency, buyUrl } = course;
  const startsAt = course.startsAtMs === null ? null : new Date(course.startsAtMs).toISOString();
  return { course: course.course, title, teacher, description, startsAt, priceCents, currency, buyUrl };
}

function refusalOf(verdict: Exclude<WatchVerdict, { verdict: 'allowed' }>): CodedError {
  switch (verdict.verdict) {
    case 'ticket-needed':
      return ticketNeeded(verdict.offer);
    case 'another-class': {
      const startsAt = new Date(verdict.startsAtMs).toISOString();
      return new CodedError('another_class', 'Another class is using this room. Come back when yours starts.', { status: 403, details: { startsAt } });
    }
    case 'class-over':
      return new CodedError('class_over', 'This class is over. Its replay is on the start page.', { status: 403 });
    case 'not-on-sale':
      return new CodedError('not_on_sale', 'There is nothing on sale in this room.', { status: 403 });
  }
}
