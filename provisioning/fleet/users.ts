import { hashPassword, hashSecret, newSecret, verifyPassword } from '#kit/process/secrets.ts';
import type { Role } from '../contract/console.ts';
import type { Clock } from './clock.ts';
import type { Db } from './database.ts';

/** Who is using the console. */
export interface Person {
  readonly email: string;
  readonly role: Role;
  readonly expiresAtMs: number;
}

/** As the configuration names one. */
interface NamedUser {
  readonly email: string;
  readonly role: Role;
  readonly passwordHash: string;
}

export interface Users {
  /** These and nobody else may sign in from now on. Who is gone or has a new password is signed out. */
  keepOnly(users: readonly NamedUser[]): void;
  /** The role, or null where e-mail or password is wrong: the time taken doesn't tell which. */
  check(email: string, password: string): Promise<Role | null>;
  openSession(email: string): { token: string; expiresAtMs: number };
  /** The session's owner, or null. */
  person(token: string): Person | null;
  closeSession(token: string): void;
}

const SESSION_MS = 12 * 3_600_000;

interface UserRow {
  readonly role: Role;
  readonly password_hash: string;
}

export function createUsers(db: Db, now: Clock): Users {
  const put = db.prepare(
    'INSERT INTO users VALUES (?, ?, ?) ON CONFLICT (email) DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash',
  );
  const emails = db.prepare<[], string>('SELECT email FROM users').pluck();
  const remove = db.prepare('DELETE FROM users WHERE email = ?');
  const signOut = db.prepare('DELETE FROM sessions WHERE email = ?');
  const user = db.prepare<[string], UserRow>('SELECT role, password_hash FROM users WHERE email = ?');
  const open = db.prepare('INSERT INTO sessions VALUES (?, ?, ?)');
  const prune = db.prepare('DELETE FROM sessions WHERE expires_at <= ?');
  const close = db.prepare('DELETE FROM sessions WHERE token_hash = ?');
  const session = db.prepare<[string, number], Person>(
    `SELECT users.email, users.role, sessions.expires_at AS expiresAtMs FROM sessions JOIN users USING (email) WHERE token_hash = ? AND expires_at > ?`,
  );
  const decoy = hashPassword(newSecret());
  return {
    keepOnly: db.transaction((users: readonly NamedUser[]) => {
      const named = new Map(users.map((one) => [one.email.toLowerCase(), one]));
      for (const email of emails.all()) if (!named.has(email)) remove.run(email);
      for (const [email, { role, passwordHash }] of named) {
        if (user.get(email)?.password_hash !== passwordHash) signOut.run(email);
        put.run(email, role, passwordHash);
      }
    }),
    async check(email, password) {
      const row = user.get(email.toLowerCase());
      const matches = await verifyPassword(password, row?.password_hash ?? (await decoy));
      return row && matches ? row.role : null;
    },
    openSession(email) {
      const token = newSecret();
      const expiresAtMs = now() + SESSION_MS;
      prune.run(now());
      open.run(hashSecret(token), email.toLowerCase(), expiresAtMs);
      return { token, expiresAtMs };
    },
    person: (token) => session.get(hashSecret(token), now()) ?? null,
    closeSession: (token) => void close.run(hashSecret(token)),
  };
}
