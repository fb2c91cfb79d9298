/** Students' sessions: opened by a sign-in link or for an account by an admin, found by a bearer token or a cookie. */
import { hashSecret, newSecret } from '#kit/process/secrets.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { SessionStore, SignInLinkStore } from './ports.ts';
import type { Student } from './principal.ts';

const SESSION_MS = 24 * 3_600_000;
/** Who watches stays signed in for so long at least: a link signs in once, and a class is not to end for want of another. */
const WATCHING_MS = 2 * 3_600_000;
/** No secret of ours is longer; anything longer is not worth hashing. */
const MAX_SECRET_CHARS = 128;

export interface Issued {
  readonly secret: string;
  readonly expiresAtMs: number;
}

export class Students {
  readonly #sessions: SessionStore;
  readonly #links: SignInLinkStore;
  readonly #now: () => number;

  constructor(sessions: SessionStore, links: SignInLinkStore, now: () => number) {
    this.#sessions = sessions;
    this.#links = links;
    this.#now = now;
  }

  find(secret: string): Student | null {
    if (secret === '' || secret.length > MAX_SECRET_CHARS) return null;
    const hash = hashSecret(secret);
    const identity = this.#sessions.find(hash, this.#now());
    return identity === null ? null : { kind: 'student', ...identity, session: hash };
  }

  /** Whether a link signs in again and again; not where it is over or unknown. */
  isReusable(link: string): boolean {
    return this.#links.isReusable(hashSecret(link.slice(0, MAX_SECRET_CHARS)), this.#now());
  }

  /** @throws CodedError 401 `bad_link` */
  signIn(link: string): Issued {
    const account = this.#links.redeem(hashSecret(link.slice(0, MAX_SECRET_CHARS)), this.#now());
    if (account === null) throw new CodedError('bad_link', 'This sign-in link was used already or has expired. Ask for a new one.', { status: 401 });
    return this.#open(account, SESSION_MS);
  }

  signOut(student: Student): void {
    this.#sessions.close(student.session);
  }

  /** For who came by the cookie of a sign-in and is let in to watch. @returns when the session is over now, null where it lasts long enough by itself */
  prolong({ session }: Student): number | null {
    const untilMs = this.#now() + WATCHING_MS;
    return this.#sessions.prolong(session, { beforeMs: untilMs - WATCHING_MS / 2, untilMs }) ? untilMs : null;
  }

  issueToken(account: string, seconds: number): Issued {
    this.#mustExist(account);
    return this.#open(account, seconds * 1000);
  }

  issueLink(account: string, options: { readonly seconds: number; readonly reusable: boolean }): Issued {
    this.#mustExist(account);
    const secret = newSecret();
    const expiresAtMs = this.#now() + options.seconds * 1000;
    this.#links.add({ hash: hashSecret(secret), account, expiresAtMs, reusable: options.reusable });
    return { secret, expiresAtMs };
  }

  #open(account: string, lifetimeMs: number): Issued {
    const secret = newSecret();
    const expiresAtMs = this.#now() + lifetimeMs;
    this.#sessions.open({ hash: hashSecret(secret), account, expiresAtMs });
    return { secret, expiresAtMs };
  }

  #mustExist(account: string): void {
    if (this.#sessions.account(account) === null) {
      throw new CodedError('unknown_account', `There is no account ${account}. Create it first with PUT /api/admin/accounts/${account}.`, { status: 404 });
    }
  }
}
