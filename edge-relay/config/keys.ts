/** The edge's own keys, made at its first start and kept in its data folder. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { checker } from '#kit/process/check.ts';
import { createTokenKeys } from '#kit/process/tokens.ts';

const EdgeKeys = Type.Object({
  /** Ed25519: signs playback tokens and what the edge asks of campus. */
  privateKeyPem: Type.String(),
  publicKeyPem: Type.String(),
  /** HMAC-SHA256 key of the part signatures, base64. */
  partKey: Type.String(),
});
export type EdgeKeys = Static<typeof EdgeKeys>;

const checkKeys = checker(EdgeKeys, 'bad_keys');

export function loadKeys(dataDir: string): EdgeKeys {
  const file = join(dataDir, 'keys.json');
  if (!existsSync(file)) writeKeys(dataDir, file);
  return checkKeys(JSON.parse(readFileSync(file, 'utf8')));
}

/** Whole or not at all: a torn key file would lock every student out. */
function writeKeys(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const keys: EdgeKeys = { ...createTokenKeys(), partKey: randomBytes(32).toString('base64') };
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(descriptor, JSON.stringify(keys));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
}
