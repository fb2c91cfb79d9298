import type { Settings } from '#appliance/contract/api.ts';
import type { BoxClient } from '../link/box-client.ts';

interface Unlocked {
  readonly token: string;
  readonly settings: Settings;
}

type Box = Pick<BoxClient, 'openSession' | 'settings' | 'changePin'>;

/** The settings behind the PIN: open for one opening of their dialog. */
export class SettingsLock {
  readonly #box: Box;
  #unlocked = $state.raw<Unlocked | null>(null);
  #locked = 0;

  constructor(box: Box) {
    this.#box = box;
  }

  get unlocked(): Unlocked | null {
    return this.#unlocked;
  }

  /** Also for a PIN that is on its way: an answer that comes when the dialog was left would open it to whoever is next. */
  lock(): void {
    this.#locked += 1;
    this.#unlocked = null;
  }

  /** @throws ApiError `wrong_pin`, `too_many_tries` */
  async unlock(pin: string): Promise<void> {
    const locked = this.#locked;
    const { token } = await this.#box.openSession(pin);
    const settings = await this.#box.settings(token);
    if (locked === this.#locked) this.#unlocked = { token, settings };
  }

  /** The box lets nobody stay who came in by the old PIN: who changes it comes in again by the new one. @throws ApiError `wrong_pin` */
  async changePin(pin: string, newPin: string): Promise<void> {
    if (this.#unlocked === null) return;
    const locked = this.#locked;
    await this.#box.changePin({ pin, newPin }, this.#unlocked.token);
    const { token } = await this.#box.openSession(newPin);
    if (locked === this.#locked) this.#unlocked = { ...this.#unlocked, token };
  }

  change(part: Partial<Settings>): void {
    if (this.#unlocked !== null) this.#unlocked = { ...this.#unlocked, settings: { ...this.#unlocked.settings, ...part } };
  }
}
