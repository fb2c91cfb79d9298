/** What each layer of a room takes on the wire, by what came of it in the last two seconds. */
import { WireRate } from '#kit/webrtc/congestion/wire-rate.ts';

/** A layer that begins is known by a keyframe or two alone, which says nothing: one whole group of pictures, of our boxes, does. */
const MEASURED_AFTER_US = 1_000_000;
/** After as long without a frame, or a clock that was set so far, it begins again. */
const PAUSED_US = 1_000_000;

interface Measured {
  readonly rate: WireRate;
  readonly beganUs: number;
  /** What it took before it paused, kbps; null where it never did. */
  readonly beforeKbps: number | null;
  latestUs: number;
}

export class LayerRates {
  readonly #layers = new Map<string, Measured>();

  add(layer: string, captureUs: number, payloadBytes: number): void {
    const known = this.#layers.get(layer);
    const goesOn = known !== undefined && Math.abs(captureUs - known.latestUs) < PAUSED_US;
    const measured = goesOn ? known : { rate: new WireRate(), beganUs: captureUs, beforeKbps: known === undefined ? null : lastOf(known), latestUs: captureUs };
    measured.latestUs = captureUs;
    measured.rate.add(captureUs, payloadBytes);
    if (!goesOn) this.#layers.set(layer, measured);
  }

  /** Null where that can't be told yet. */
  kbpsOf(layer: string): number | null {
    const measured = this.#layers.get(layer);
    if (measured === undefined) return null;
    return isMeasured(measured) ? measured.rate.kbps : measured.beforeKbps;
  }

  clear(): void {
    this.#layers.clear();
  }
}

function isMeasured({ beganUs, latestUs }: Measured): boolean {
  return latestUs - beganUs >= MEASURED_AFTER_US;
}

/** A stream of single pictures, each after a pause, is measured by those. */
function lastOf(measured: Measured): number {
  return isMeasured(measured) || measured.beforeKbps === null ? measured.rate.kbps : measured.beforeKbps;
}
