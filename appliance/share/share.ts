/**
 * Who may share a screen (pure). One laptop at a time has the seat; another one that types the right code waits until the teacher
 * lets it in. What has to be done at a change is found by comparing seats: `share-desk.ts` does it.
 *
 *     door:  closed <-> open (a class or its lead time, or the panel said so)
 *     seat:  free -joined-> admitted <-connected/disconnected-> sharing -left-> free
 */
export interface Guest {
  readonly id: string;
  readonly name: string;
}

export type Door =
  | { readonly phase: 'closed' }
  | { readonly phase: 'open'; readonly code: string; readonly expiresAtMs: number; readonly heldUntilMs: number };

export type Seat =
  | { readonly phase: 'free' }
  | { readonly phase: 'admitted' | 'sharing'; readonly guest: Guest; readonly sinceMs: number };

export interface Share {
  /** The class that the door is open for; null outside. */
  readonly occasion: string | null;
  readonly door: Door;
  readonly seat: Seat;
  readonly waiting: { readonly guest: Guest; readonly sinceMs: number } | null;
}

/** `code` is a fresh one, drawn by the caller for the case that one is needed. */
export type ShareEvent =
  | { readonly type: 'ticked'; readonly atMs: number; readonly occasion: string | null; readonly code: string }
  | { readonly type: 'opened'; readonly atMs: number; readonly code: string }
  | { readonly type: 'closed' }
  | { readonly type: 'code-renewed'; readonly atMs: number; readonly code: string }
  | { readonly type: 'joined'; readonly atMs: number; readonly guest: Guest; readonly code: string }
  | { readonly type: 'connected'; readonly atMs: number; readonly id: string }
  | { readonly type: 'disconnected'; readonly atMs: number; readonly id: string }
  | { readonly type: 'left'; readonly id: string }
  | { readonly type: 'allowed'; readonly atMs: number; readonly id: string }
  | { readonly type: 'refused'; readonly id: string }
  /** The box was restarted: what an earlier life of it kept. */
  | { readonly type: 'resumed'; readonly atMs: number; readonly kept: KeptSeat; readonly code: string };

/** The seat over a restart of the box: who has it, and for how long that holds. */
export interface KeptSeat {
  readonly guest: Guest;
  readonly occasion: string | null;
  /** The panel had opened the door until then; 0 where a class did. */
  readonly heldUntilMs: number;
}

export const CLOSED: Share = { occasion: null, door: { phase: 'closed' }, seat: { phase: 'free' }, waiting: null };

const CODE_MS = 5 * 60_000;
/** The panel's own opening, outside a class. */
const HELD_OPEN_MS = 15 * 60_000;
/** To choose a screen, or to come back after a break of the network. */
const ADMITTED_MS = 60_000;
const WAITING_MS = 2 * 60_000;

export function next(share: Share, event: ShareEvent): Share {
  switch (event.type) {
    case 'ticked':
      return settle(atOccasion(share, event), event.atMs, event.code);
    case 'opened':
      return { ...share, door: openDoor(event.code, event.atMs, event.atMs + HELD_OPEN_MS) };
    case 'closed':
      return { ...CLOSED, occasion: share.occasion };
    case 'code-renewed':
      return withCode(share, event.code, event.atMs);
    case 'joined':
      return withCode(joined(share, event.guest, event.atMs), event.code, event.atMs);
    case 'connected':
      return seated(share, event.id, (guest) => ({ phase: 'sharing', guest, sinceMs: event.atMs }));
    case 'disconnected':
      return seated(share, event.id, (guest) => ({ phase: 'admitted', guest, sinceMs: event.atMs }));
    case 'left':
      return isWaiting(share, event.id) ? { ...share, waiting: null } : seated(share, event.id, () => ({ phase: 'free' }));
    case 'allowed':
      return allowed(share, event.id, event.atMs);
    case 'refused':
      return isWaiting(share, event.id) ? { ...share, waiting: null } : share;
    case 'resumed':
      return resumed(share, event);
  }
}

/** What is to be known after a restart; null where nobody has the seat. */
export function keptOf({ seat, occasion, door }: Share): KeptSeat | null {
  return seat.phase === 'free' ? null : { guest: seat.guest, occasion, heldUntilMs: door.phase === 'open' ? door.heldUntilMs : 0 };
}

export function isSeated({ seat }: Share, id: string): boolean {
  return seat.phase !== 'free' && seat.guest.id === id;
}

export function isWaiting({ waiting }: Share, id: string): boolean {
  return waiting?.guest.id === id;
}

/** One class's laptop is not the next one's; a class that begins while the panel holds the door open keeps its laptop. */
function atOccasion(share: Share, { occasion, atMs, code }: { occasion: string | null; atMs: number; code: string }): Share {
  if (occasion === share.occasion) return share;
  const fresh = share.occasion === null ? share : CLOSED;
  const door = occasion === null ? fresh.door : openDoor(code, atMs, 0);
  return { ...fresh, occasion, door };
}

/** What time alone changes. */
function settle(share: Share, atMs: number, code: string): Share {
  const { door, seat, waiting, occasion } = share;
  if (door.phase === 'closed') return share;
  if (occasion === null && atMs >= door.heldUntilMs) return CLOSED;
  return {
    occasion,
    door: atMs >= door.expiresAtMs ? { ...door, code, expiresAtMs: atMs + CODE_MS } : door,
    seat: seat.phase === 'admitted' && atMs - seat.sinceMs >= ADMITTED_MS ? { phase: 'free' } : seat,
    waiting: waiting !== null && atMs - waiting.sinceMs >= WAITING_MS ? null : waiting,
  };
}

/** The same class, or the same opening by the panel, and nobody came first: the laptop has its minute to come back. A code of before is worth nothing. */
function resumed(share: Share, { kept, atMs, code }: { kept: KeptSeat; atMs: number; code: string }): Share {
  const isHeld = kept.heldUntilMs > atMs;
  if (share.occasion !== kept.occasion || (kept.occasion === null && !isHeld) || share.seat.phase !== 'free') return share;
  const door = share.door.phase === 'open' ? share.door : openDoor(code, atMs, kept.heldUntilMs);
  return { ...share, door, seat: { phase: 'admitted', guest: kept.guest, sinceMs: atMs } };
}

function openDoor(code: string, atMs: number, heldUntilMs: number): Door {
  return { phase: 'open', code, expiresAtMs: atMs + CODE_MS, heldUntilMs };
}

function withCode(share: Share, code: string, atMs: number): Share {
  return share.door.phase === 'closed' ? share : { ...share, door: { ...share.door, code, expiresAtMs: atMs + CODE_MS } };
}

/** The caller has looked at the code, and that nobody else waits. */
function joined(share: Share, guest: Guest, atMs: number): Share {
  if (share.seat.phase === 'free') return { ...share, seat: { phase: 'admitted', guest, sinceMs: atMs } };
  return { ...share, waiting: { guest, sinceMs: atMs } };
}

function seated(share: Share, id: string, to: (guest: Guest) => Seat): Share {
  return share.seat.phase !== 'free' && share.seat.guest.id === id ? { ...share, seat: to(share.seat.guest) } : share;
}

function allowed(share: Share, id: string, atMs: number): Share {
  if (share.waiting === null || share.waiting.guest.id !== id) return share;
  return { ...share, seat: { phase: 'admitted', guest: share.waiting.guest, sinceMs: atMs }, waiting: null };
}
