import type { Size } from '../../gate/i420.ts';
import type { Point } from './optics.ts';

/** Raw I420. */
export interface Picture extends Size {
  readonly bytes: Buffer;
}

export interface Person {
  readonly head: Point;
  /** From the face to the shoulders, as a share of the picture's height. */
  readonly size: number;
  /** 0 to 1. */
  readonly score: number;
}

/** Finds a person in a picture. It looks for bodies, tells nobody from anybody else, and keeps nothing but where it looked last. */
export interface PersonDetector {
  readonly name: 'movenet' | 'movement';
  detect(picture: Picture): Person | null;
}
