import { sleep } from '#kit/process/supervisor.ts';
import { STILL, type Velocity } from '../ptz-camera.ts';

/** A stop that did not get through is sent again after this long, for as long as the link lasts. */
const STOP_AGAIN_MS = 100;

/**
 * Brings velocities to the camera, one request at a time: while one is on its way only the newest of the next is kept, so that a drag leaves
 * no queue behind. A movement that failed is forgotten, a stop is repeated until the camera confirmed it.
 */
export class DrivePump {
  readonly #send: (velocity: Velocity, before: Velocity) => Promise<void>;
  #wanted: Velocity | null = null;
  #sent: Velocity = STILL;
  #wake: () => void = () => undefined;

  /** `send` rejects when the camera did not take it. */
  constructor(send: (velocity: Velocity, before: Velocity) => Promise<void>) {
    this.#send = send;
  }

  drive(velocity: Velocity): void {
    this.#wanted = velocity;
    this.#wake();
  }

  /** Not yet with the camera. */
  get busy(): boolean {
    return this.#wanted !== null;
  }

  /** Resolves on abort. A head that was left moving, by this process before or by another, is stopped first. */
  async run(signal: AbortSignal): Promise<void> {
    this.#wanted = STILL;
    while (!signal.aborted) {
      const wanted = this.#wanted;
      if (wanted === null) await this.#untilWanted(signal);
      else await this.#bring(wanted, signal);
    }
    // Nobody is left to stop it.
    if (!isStill(this.#sent)) await this.#send(STILL, this.#sent).catch(() => undefined);
  }

  async #bring(wanted: Velocity, signal: AbortSignal): Promise<void> {
    const delivered = await this.#send(wanted, this.#sent).then(() => true, () => false);
    // After a failure the camera may or may not have taken it: every axis is told anew.
    this.#sent = delivered ? wanted : { pan: 1, tilt: 1, zoom: 1 };
    const newer = this.#wanted !== wanted;
    if (newer) return;
    if (delivered || !isStill(wanted)) this.#wanted = null;
    else await sleep(STOP_AGAIN_MS, signal);
  }

  #untilWanted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

export function isStill({ pan, tilt, zoom }: Velocity): boolean {
  return pan === 0 && tilt === 0 && zoom === 0;
}
