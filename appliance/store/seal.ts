import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CodedError, codeOf } from '#kit/process/errors.ts';

const VERSION = 'v1';
const KEY_BYTES = 32;
/** NIST SP 800-38D, section 8.2.2: 96 random bits for fewer than 2^32 messages under one key. */
const NONCE_BYTES = 12;

/**
 * Keeps secrets that the box must be able to read again, such as cameras' passwords: AES-256-GCM under a key that is made on this box and
 * never leaves it. A copy of the configuration or of the database is worth nothing without it.
 */
export class Seal {
  readonly #file: string;
  #key: Buffer | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** `context` is bound to it: what was sealed for one camera opens for no other. */
  seal(secret: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(), nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [VERSION, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws CodedError `seal_broken` where it was sealed by another box, for another use, or was changed */
  open(sealed: string, context: string): string {
    const [version, ...parts] = sealed.split('.');
    const [nonce, tag, text] = parts.map((part) => Buffer.from(part, 'base64url'));
    if (version !== VERSION || nonce?.length !== NONCE_BYTES || tag?.length !== 16 || text === undefined) throw broken();
    try {
      const cipher = createDecipheriv('aes-256-gcm', this.#keyOf(), nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
      return Buffer.concat([cipher.update(text), cipher.final()]).toString('utf8');
    } catch (cause) {
      throw broken(cause);
    }
  }

  /** Made at the first use. */
  #keyOf(): Buffer {
    this.#key ??= readKey(this.#file) ?? makeKey(this.#file);
    return this.#key;
  }
}

/** The one of this box. */
export function boxSeal(dataDir: string): Seal {
  return new Seal(join(dataDir, 'seal.key'));
}

function readKey(file: string): Buffer | null {
  try {
    const key = readFileSync(file);
    if (key.length !== KEY_BYTES) throw new CodedError('seal_broken', `${file} is not a key of this box. Restore it, or remove it and type the cameras' passwords again.`, { status: 500 });
    return key;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function makeKey(file: string): Buffer {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const key = randomBytes(KEY_BYTES);
  try {
    // Whole or not at all: half a key, from a full disk, would be none for good.
    writeFileSync(`${file}.new`, key, { mode: 0o600, flush: true });
    // Never over one that is there, and on the disk before anything is sealed with it.
    linkSync(`${file}.new`, file);
  } finally {
    rmSync(`${file}.new`, { force: true });
  }
  return key;
}

function broken(cause?: unknown): CodedError {
  return new CodedError('seal_broken', 'A sealed password cannot be opened on this box. Type it again in the settings of the camera.', { status: 500, cause });
}
