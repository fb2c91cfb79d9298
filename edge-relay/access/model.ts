/** What the edge knows about who may watch what. Wall times are epoch milliseconds. */
export interface RoomRecord {
  readonly room: string;
  readonly name: string;
  /** Watchable by ticket holders whenever anything is published, class or no class. */
  readonly alwaysOpen: boolean;
}

export interface Course {
  readonly course: string;
  readonly room: string;
  readonly title: string;
  readonly teacher: string;
  readonly description: string;
  /** Null on both ends: a standing course, never over. */
  readonly startsAtMs: number | null;
  readonly endsAtMs: number | null;
  readonly priceCents: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly buyUrl: string;
}

export interface Account {
  readonly account: string;
  readonly name: string;
  readonly email: string;
}

/** A signed-in student, found by the hash of a session's secret. */
export interface StudentIdentity {
  readonly account: string;
  readonly name: string;
}

/** Everything the rule of {@link mayWatch} looks at, read in one go. */
export interface RoomAccess {
  readonly room: RoomRecord;
  readonly courses: readonly Course[];
  /** Ids of this room's courses that the account has a ticket for. */
  readonly tickets: ReadonlySet<string>;
}
