/** What access needs kept. Implemented by `edge-relay/store`. */
import type { Account, Course, RoomAccess, RoomRecord, StudentIdentity } from './model.ts';

/** All that admins do is idempotent; what puts something answers whether that changed anything. */
export interface CatalogueStore {
  putRoom(room: RoomRecord): boolean;
  putCourse(course: Course): boolean;
  room(room: string): RoomRecord | null;
  course(course: string): Course | null;
  /** One room's. */
  courses(room: string): readonly Course[];
  /** Of all rooms: what was not over by then. A school's old courses are many, and anybody may ask for the storefront. */
  notOverBy(ms: number): readonly Course[];
}

export interface TicketStore {
  /** These two answer whether anything changed. */
  grant(account: string, course: string, nowMs: number): boolean;
  revoke(account: string, course: string): boolean;
  held(account: string): ReadonlySet<string>;
  /** Those with a course that the account has a ticket for. */
  rooms(account: string): readonly string[];
  /** Everything the rule needs for one room; null where there is no such room. */
  accessOf(account: string, room: string): RoomAccess | null;
}

/** Secrets arrive here hashed. */
export interface SessionStore {
  putAccount(account: Account): boolean;
  account(account: string): Account | null;
  open(session: { readonly hash: string; readonly account: string; readonly expiresAtMs: number }): void;
  find(hash: string, nowMs: number): StudentIdentity | null;
  /** Gives a session that is over before `beforeMs` until `untilMs`. Answers whether it did: not where it lasts by itself, nor on a disk that refuses. */
  prolong(hash: string, ends: { readonly beforeMs: number; readonly untilMs: number }): boolean;
  close(hash: string): void;
}

export interface SignInLinkStore {
  add(link: { readonly hash: string; readonly account: string; readonly expiresAtMs: number; readonly reusable: boolean }): void;
  isReusable(hash: string, nowMs: number): boolean;
  /** The account a link signs in, once; null where it is unknown, expired or used up. */
  redeem(hash: string, nowMs: number): string | null;
}

export interface AuditLog {
  record(entry: { readonly atMs: number; readonly actor: string; readonly action: string; readonly subject: string }): void;
}
