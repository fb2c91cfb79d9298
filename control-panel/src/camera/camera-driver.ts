import type { Drive } from '../link/box-client.ts';
import { isStill } from './joystick.ts';

export interface DrivePort {
  /** False: nobody may steer now, as while the box is out of reach, whatever is still held. */
  mayDrive(): boolean;
  /** Over the open events connection; false where there is none. */
  send(message: object): boolean;
  drive(camera: string, drive: Drive): Promise<unknown>;
  stopCamera(camera: string): Promise<unknown>;
}

/** Well inside the 300 ms after which the box stops a camera that nobody steers any more. */
const RESEND_MS = 120;
/** A video frame: a camera takes no more commands than that, and the newest is the one that counts. */
const FRAME_MS = 40;

/** Keeps one camera moving while a finger or key asks for it, and stops it when nobody does. */
export class CameraDriver {
  readonly #port: DrivePort;
  readonly #camera: string;
  readonly #onFailure: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted: Drive = { pan: 0, tilt: 0, zoom: 0 };
  #sentAt = Number.NEGATIVE_INFINITY;
  #asking = false;

  constructor(camera: string, port: DrivePort, onFailure: (error: unknown) => void) {
    this.#camera = camera;
    this.#port = port;
    this.#onFailure = onFailure;
  }

  /** The first wish leaves at once, a changed one with the next frame, the same again before the box would stop. */
  want(drive: Drive): void {
    if (isStill(drive) || !this.#port.mayDrive()) return this.stop();
    const changed = drive.pan !== this.#wanted.pan || drive.tilt !== this.#wanted.tilt || drive.zoom !== this.#wanted.zoom;
    this.#wanted = drive;
    if (this.#timer === undefined) return this.#send();
    if (changed) this.#sendAt(this.#sentAt + FRAME_MS);
  }

  /** Also harmless when nothing moves. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = { pan: 0, tilt: 0, zoom: 0 };
    this.#port.send(this.#message());
    // The request is confirmed, the message is quicker.
    this.#port.stopCamera(this.#camera).catch(this.#onFailure);
  }

  #send(): void {
    if (!this.#port.mayDrive()) return this.stop();
    this.#sentAt = performance.now();
    this.#sendAt(this.#sentAt + RESEND_MS);
    if (!this.#port.send(this.#message()) && !this.#asking) void this.#ask();
  }

  /** One request at a time: those that wait for a box out of reach would all arrive when it is back, and nobody holds a finger there any more. */
  async #ask(): Promise<void> {
    this.#asking = true;
    await this.#port.drive(this.#camera, this.#wanted).catch(this.#onFailure);
    this.#asking = false;
  }

  #sendAt(at: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), Math.max(0, at - performance.now()));
  }

  #message(): object {
    return { type: 'drive', camera: this.#camera, ...this.#wanted };
  }
}
