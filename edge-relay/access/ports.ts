/** What access needs kept. Implemented by `edge-relay/store`. */
import type { Account, Course, RoomAccess, RoomRecord, StudentIdentity } from './model.ts';

export interface CatalogueStore {
  putRoom(room: RoomRecord): void;
  putCourse(course: Course): void;
  room(room: string): RoomRecord | null;
  course(course: string): Course | null;
  /** All courses, or one room's. */
  courses(room?: string): readonly Course[];
}

export interface TicketStore {
  /** Idempotent, like all that admins do. Answers whether anything changed. */
  grant(account: string, course: string, nowMs: number): boolean;
  revoke(account: string, course: string): boolean;
  held(account: string): ReadonlySet<string>;
  /** Everything the rule needs for one room; null where there is no such room. */
  accessOf(account: string, room: string): RoomAccess | null;
}

/** Secrets arrive here hashed. */
export interface SessionStore {
  putAccount(account: Account): void;
  account(account: string): Account | null;
  open(session: { readonly hash: string; readonly account: string; readonly expiresAtMs: number }): void;
  find(hash: string, nowMs: number): StudentIdentity | null;
  close(hash: string): void;
}

export interface SignInLinkStore {
  add(link: { readonly hash: string; readonly account: string; readonly expiresAtMs: number; readonly reusable: boolean }): void;
  /** The account a link signs in, once; null where it is unknown, expired or used up. */
  redeem(hash: string, nowMs: number): string | null;
}

export interface AuditLog {
  record(entry: { readonly atMs: number; readonly actor: string; readonly action: string; readonly subject: string }): void;
}
