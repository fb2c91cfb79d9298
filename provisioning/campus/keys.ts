import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createPublicKey } from 'node:crypto';
import { newSecret } from '#kit/process/secrets.ts';
import { createTokenKeys, type TokenKeys } from '#kit/process/tokens.ts';
import { createAuthority, type AuthorityKeys } from '#kit/process/certificates.ts';

const AUTHORITY_NAME = 'CN=Lectern campus authority';

export interface CampusKeys {
  readonly token: TokenKeys;
  readonly authority: AuthorityKeys;
  readonly enrolmentSecret: string;
  readonly grantSecret: string;
}

/** Campus's keys from its data folder, made at the first start: files for their owner alone, each complete or absent. */
export async function loadKeys(dataDir: string, nowMs: number): Promise<CampusKeys> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const kept = async (name: string, make: () => string | Promise<string>): Promise<string> => {
    const file = join(dataDir, name);
    if (!existsSync(file)) writePrivate(file, await make());
    return readFileSync(file, 'utf8').trim();
  };
  const privateKeyPem = await kept('token-key.pem', () => createTokenKeys().privateKeyPem);
  const authority = JSON.parse(await kept('authority.json', async () => JSON.stringify(await createAuthority(AUTHORITY_NAME, nowMs)))) as AuthorityKeys;
  return {
    token: { privateKeyPem, publicKeyPem: createPublicKey(privateKeyPem).export({ type: 'spki', format: 'pem' }).toString() },
    authority,
    enrolmentSecret: await kept('enrolment-secret', () => newSecret()),
    grantSecret: await kept('grant-secret', () => newSecret()),
  };
}

function writePrivate(file: string, text: string): void {
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
}
