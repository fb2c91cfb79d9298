import Type, { type Static, type TSchema } from 'typebox';
import type { OnvifConfig } from './onvif-config.ts';
import type { Credentials } from './request-writer.ts';

export interface Sealer {
  seal(secret: string, context: string): string;
  open(sealed: string, context: string): string;
}

/** Named values that outlive a restart. */
export interface KeptValues {
  get<T extends TSchema>(name: string, schema: T): Static<T> | null;
  set(name: string, value: unknown): void;
}

const Kept = Type.Object({ username: Type.String(), sealed: Type.String() });

/** Names and passwords of the room's cameras: what was typed in the settings goes before the configuration. Kept sealed, opened for use alone. */
export class Logins {
  readonly #seal: Sealer;
  readonly #kept: KeptValues;

  constructor(seal: Sealer, kept: KeptValues) {
    this.#seal = seal;
    this.#kept = kept;
  }

  /** Null where the camera asks for none. @throws CodedError `seal_broken` */
  of(camera: string, { username, password }: OnvifConfig): Credentials | null {
    const kept = this.#kept.get(keyOf(camera), Kept);
    if (kept !== null) return { username: kept.username, password: this.#seal.open(kept.sealed, contextOf(camera)) };
    if (username === undefined || password === undefined) return null;
    return { username, password: typeof password === 'string' ? password : this.#seal.open(password.sealed, contextOf(camera)) };
  }

  set(camera: string, { username, password }: Credentials): void {
    this.#kept.set(keyOf(camera), { username, sealed: this.#seal.seal(password, contextOf(camera)) });
  }
}

/** What a camera's password is sealed for. */
export function contextOf(camera: string): string {
  return `camera:${camera}`;
}

function keyOf(camera: string): string {
  return `camera-login:${camera}`;
}
