import type { Drive } from '../link/box-client.ts';
import { isStill } from './joystick.ts';

export interface DrivePort {
  /** Over the open events connection; false where there is none. */
  send(message: object): boolean;
  drive(camera: string, drive: Drive): Promise<unknown>;
  stopCamera(camera: string): Promise<unknown>;
}

/** Well inside the 300 ms after which the box stops a camera that nobody steers any more. */
const RESEND_MS = 120;

/** Keeps one camera moving while a finger or key asks for it, and stops it when nobody does. */
export class CameraDriver {
  readonly #port: DrivePort;
  readonly #camera: string;
  readonly #onFailure: (error: unknown) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #wanted: Drive = { pan: 0, tilt: 0, zoom: 0 };

  constructor(camera: string, port: DrivePort, onFailure: (error: unknown) => void) {
    this.#camera = camera;
    this.#port = port;
    this.#onFailure = onFailure;
  }

  want(drive: Drive): void {
    if (isStill(drive)) return this.stop();
    this.#wanted = drive;
    if (this.#timer !== undefined) return;
    this.#send();
    this.#timer = setInterval(() => this.#send(), RESEND_MS);
  }

  /** Also harmless when nothing moves. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#wanted = { pan: 0, tilt: 0, zoom: 0 };
    this.#port.send(this.#message());
    // The request is confirmed, the message is quicker.
    this.#port.stopCamera(this.#camera).catch(this.#onFailure);
  }

  #send(): void {
    if (!this.#port.send(this.#message())) this.#port.drive(this.#camera, this.#wanted).catch(this.#onFailure);
  }

  #message(): object {
    return { type: 'drive', camera: this.#camera, ...this.#wanted };
  }
}
