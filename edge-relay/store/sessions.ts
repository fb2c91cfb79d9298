import { diskRefuses } from '#kit/process/database.ts';
import type { Account, StudentIdentity } from '../access/model.ts';
import type { SessionStore, SignInLinkStore } from '../access/ports.ts';
import { type Db, writing } from './database.ts';

/** Accounts and their sessions. Only hashes of secrets are kept. */
export function sqliteSessions(db: Db): SessionStore {
  const putAccount = db.prepare(
    `INSERT INTO accounts VALUES (@account, @name, @email) ON CONFLICT(account) DO UPDATE SET name = excluded.name, email = excluded.email
     WHERE (name, email) IS NOT (excluded.name, excluded.email)`,
  );
  const account = db.prepare<[string], Account>('SELECT account, name, email FROM accounts WHERE account = ?');
  const open = db.prepare('INSERT INTO sessions VALUES (@hash, @account, @expiresAtMs)');
  const prune = db.prepare('DELETE FROM sessions WHERE expires_at_ms <= ?');
  const find = db.prepare<[string, number], StudentIdentity>(
    'SELECT accounts.account, accounts.name FROM sessions JOIN accounts USING (account) WHERE hash = ? AND expires_at_ms > ?',
  );
  const prolong = db.prepare('UPDATE sessions SET expires_at_ms = @untilMs WHERE hash = @hash AND expires_at_ms < @beforeMs');
  const close = db.prepare('DELETE FROM sessions WHERE hash = ?');
  return {
    putAccount: (record) => writing(() => putAccount.run(record).changes > 0),
    account: (id) => account.get(id) ?? null,
    open: (session) => {
      writing(() => {
        prune.run(Date.now());
        open.run(session);
      });
    },
    find: (hash, nowMs) => find.get(hash, nowMs) ?? null,
    prolong: (hash, ends) => {
      try {
        return prolong.run({ hash, ...ends }).changes > 0;
      } catch (thrown) {
        // The session is over when it would have been: no reason to keep its student from the class now.
        if (!diskRefuses(thrown)) throw thrown;
        return false;
      }
    },
    close: (hash) => void writing(() => close.run(hash)),
  };
}

export function sqliteSignInLinks(db: Db): SignInLinkStore {
  const add = db.prepare('INSERT INTO sign_in_links VALUES (@hash, @account, @expiresAtMs, @reusable, NULL)');
  const prune = db.prepare('DELETE FROM sign_in_links WHERE expires_at_ms <= ?');
  // One statement, so that two requests with the same link cannot both win.
  const redeem = db
    .prepare<[number, string, number], string>(
      'UPDATE sign_in_links SET used_at_ms = ? WHERE hash = ? AND expires_at_ms > ? AND (reusable = 1 OR used_at_ms IS NULL) RETURNING account',
    )
    .pluck();
  const reusable = db.prepare<[string, number], number>('SELECT 1 FROM sign_in_links WHERE hash = ? AND expires_at_ms > ? AND reusable = 1').pluck();
  return {
    isReusable: (hash, nowMs) => reusable.get(hash, nowMs) !== undefined,
    add: (link) => {
      writing(() => {
        prune.run(Date.now());
        add.run({ ...link, reusable: link.reusable ? 1 : 0 });
      });
    },
    redeem: (hash, nowMs) => writing(() => redeem.get(nowMs, hash, nowMs) ?? null),
  };
}
