/** What this edge shares with its TURN servers, from a file of its own that may be replaced while the edge runs. */
import { readFileSync } from 'node:fs';
import { CodedError, codeOf } from '#kit/process/errors.ts';

export class TurnSecret {
  readonly name = 'turn-secret';
  readonly #file: string;
  #value: string;

  /** @throws CodedError `bad_turn_secret` */
  constructor(file: string) {
    this.#file = file;
    this.#value = read(file);
  }

  get value(): string {
    return this.#value;
  }

  /** Answers whether it is another one. @throws CodedError `bad_turn_secret`; the old one is then still in use */
  reload(): boolean {
    const value = read(this.#file);
    if (value === this.#value) return false;
    this.#value = value;
    return true;
  }
}

/** What stands in the file is in no message. */
function read(file: string): string {
  const text = textOf(file).trim();
  if (text === '' || /\s/.test(text)) throw new CodedError('bad_turn_secret', `${file} must have the TURN servers' static-auth-secret in it, in one word.`);
  return text;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CodedError('bad_turn_secret', `The TURN servers' secret cannot be read from ${file}: ${codeOf(cause)}`, { cause });
  }
}
