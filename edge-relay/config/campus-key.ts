/** Campus's public key: from the configuration itself, or from a file of its own that may be replaced while the edge runs. */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { EdgeConfig } from './config.ts';

export class CampusKey {
  readonly name = 'campus-key';
  readonly #source: EdgeConfig['campus'];
  readonly #listeners = new Set<(pem: string) => void>();
  #pem: string;

  /** @throws CodedError `bad_config`, `bad_key` */
  constructor(source: EdgeConfig['campus']) {
    this.#source = source;
    this.#pem = read(source);
  }

  get pem(): string {
    return this.#pem;
  }

  onChanged(listener: (pem: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Answers whether it is another one. @throws CodedError `bad_key`; the old one is then still in use */
  reload(): boolean {
    const pem = read(this.#source);
    if (pem === this.#pem) return false;
    this.#pem = pem;
    for (const listener of this.#listeners) listener(pem);
    return true;
  }
}

function read({ publicKeyPem, publicKeyPemFile }: EdgeConfig['campus']): string {
  if ((publicKeyPem === undefined) === (publicKeyPemFile === undefined)) {
    throw new CodedError('bad_config', 'campus: give either publicKeyPem or publicKeyPemFile.');
  }
  return publicKeyPemFile === undefined ? (publicKeyPem ?? '') : fromFile(publicKeyPemFile);
}

function fromFile(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    const { asymmetricKeyType } = createPublicKey(pem);
    if (asymmetricKeyType !== 'ed25519') throw new Error(`it is of type ${asymmetricKeyType ?? 'none'}, not ed25519`);
    return pem;
  } catch (cause) {
    throw new CodedError('bad_key', `Campus's public key cannot be read from ${file}: ${reasonOf(cause)}`, { cause });
  }
}
