import type { Drive } from '../link/box-client.ts';

/** The middle tenth of the pad is no movement, so that a resting finger does not drift the picture. */
export const DEAD_ZONE = 0.1;
/** Out of the resting zone a camera moves at this part of full speed at least: less does not turn it at all. */
const SLOWEST = 0.04;

export interface Thumb {
  /** Fractions of the pad's radius; right and down are positive, as on the screen. Inside the unit circle. */
  readonly x: number;
  readonly y: number;
}

/** Where the thumb is drawn: the finger's place, held inside the pad. */
export function thumbAt(dx: number, dy: number, radius: number): Thumb {
  const length = Math.hypot(dx, dy);
  const scale = 1 / Math.max(radius, length);
  return { x: dx * scale, y: dy * scale };
}

/** Speed along the finger's direction: fine near the middle, full at the rim (a cubic blended with a line). Up is positive. */
export function driveOf({ x, y }: Thumb): Drive {
  const length = Math.min(1, Math.hypot(x, y));
  if (length <= DEAD_ZONE) return { pan: 0, tilt: 0, zoom: 0 };
  const reach = (length - DEAD_ZONE) / (1 - DEAD_ZONE);
  const speed = SLOWEST + (1 - SLOWEST) * (0.3 * reach + 0.7 * reach ** 3);
  return { pan: round((x / length) * speed), tilt: round((-y / length) * speed), zoom: 0 };
}

const STEP = 0.5;

/** Arrow keys held on the pad; plus and minus zoom. */
export function driveOfKeys(keys: readonly string[]): Drive {
  const axis = (more: string, less: string) => (Number(keys.includes(more)) - Number(keys.includes(less))) * STEP;
  return { pan: axis('ArrowRight', 'ArrowLeft'), tilt: axis('ArrowUp', 'ArrowDown'), zoom: axis('+', '-') };
}

export const isStill = ({ pan, tilt, zoom }: Drive) => pan === 0 && tilt === 0 && zoom === 0;

const round = (value: number) => Math.round(value * 1000) / 1000 + 0;
