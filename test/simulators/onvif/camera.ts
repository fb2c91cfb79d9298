import { MAX_ZOOM, STEPS_PER_DEGREE, ZOOM_STEPS, type PtzHead } from '../visca/head.ts';
import type { OnvifFaults } from './faults.ts';

/** Of the simulated head, degrees. */
export const REACH = { pan: 45, tilt: 16, maxZoom: MAX_ZOOM };
const REBOOT_MS = 1_000;
const FASTEST = { pan: 0x18, tilt: 0x14, zoom: 7 };

interface Place {
  readonly name: string;
  readonly panDeg: number;
  readonly tiltDeg: number;
  readonly zoom: number;
}

/** The camera behind the services: its head (the same that the VISCA ports drive), its presets, its lens, what it noticed. */
export class SimulatedCamera {
  readonly head: PtzHead;
  readonly presets = new Map<string, Place>();
  readonly imaging = new Map<string, string>([
    ['Brightness', '50'], ['BacklightMode', 'OFF'], ['ExposureMode', 'AUTO'], ['ExposureTime', '10000'], ['Gain', '0'], ['Iris', '0'],
    ['AutoFocusMode', 'AUTO'], ['IrCutFilter', 'AUTO'], ['WhiteBalanceMode', 'AUTO'],
  ]);
  /** Operations in the order that they came, the newest last. */
  readonly asked: string[] = [];
  faults: OnvifFaults = {};
  focusSpeed = 0;
  reboots = 0;
  #runOut: NodeJS.Timeout | null = null;
  #saved = 0;

  constructor(head: PtzHead) {
    this.head = head;
  }

  /** Its own time of day. */
  nowMs(): number {
    return Date.now() + (this.faults.clockSkewMs ?? 0);
  }

  noteAsked(operation: string): void {
    this.asked.push(operation);
    if (this.asked.length > 500) this.asked.shift();
  }

  /** Fractions of full speed; null for an axis that was not named. */
  drive(turn: { x: number; y: number } | null, zoom: number | null, timeoutMs: number | null): void {
    if (turn !== null) {
      this.head.perform({
        kind: 'drive', right: sign(turn.x), up: sign(turn.y), panSpeed: Math.ceil(Math.abs(turn.x) * FASTEST.pan), tiltSpeed: Math.ceil(Math.abs(turn.y) * FASTEST.tilt),
      }, () => undefined);
    }
    if (zoom !== null) this.head.perform({ kind: 'zoom-drive', direction: sign(zoom), speed: Math.round(Math.abs(zoom) * FASTEST.zoom) }, () => undefined);
    this.#clearRunOut();
    if (timeoutMs !== null && this.faults.ignoresTimeout !== true) this.#runOut = setTimeout(() => this.head.halt(), timeoutMs).unref();
  }

  halt(panTilt: boolean, zoom: boolean): void {
    this.#clearRunOut();
    this.drive(panTilt ? { x: 0, y: 0 } : null, zoom ? 0 : null, null);
  }

  goTo(turn: { panDeg: number; tiltDeg: number } | null, zoom: number | null): void {
    this.#clearRunOut();
    if (turn !== null) {
      const steps = { pan: turn.panDeg * STEPS_PER_DEGREE, tilt: turn.tiltDeg * STEPS_PER_DEGREE };
      this.head.perform({ kind: 'move-to', panSpeed: FASTEST.pan, tiltSpeed: FASTEST.tilt, ...steps }, () => undefined);
    }
    if (zoom !== null) this.head.perform({ kind: 'zoom-to', position: ((zoom - 1) / (MAX_ZOOM - 1)) * ZOOM_STEPS }, () => undefined);
  }

  /** Under a token that the camera makes up, unless one was given. */
  savePreset(name: string, token: string | null): string {
    this.#saved += 1;
    const own = token ?? `Preset_${String(this.#saved).padStart(3, '0')}.0`;
    const { panDeg, tiltDeg, zoom } = this.head.viewport();
    this.presets.set(own, { name, panDeg, tiltDeg, zoom });
    return own;
  }

  /** Away for a while, back at its zero, with or without its presets. */
  reboot(): void {
    this.reboots += 1;
    this.#clearRunOut();
    if (this.faults.forgetsPresets === true) this.presets.clear();
    this.head.reboot(REBOOT_MS);
  }

  #clearRunOut(): void {
    if (this.#runOut !== null) clearTimeout(this.#runOut);
    this.#runOut = null;
  }
}

function sign(value: number): -1 | 0 | 1 {
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}
