import type { Limits } from '../ptz-camera.ts';
import { find, findAll, numberOf, textAt, type XmlElement } from './xml.ts';

/** One coordinate space of a PTZ node (PTZ specification, section 5.2). */
export interface Space {
  readonly uri: string;
  readonly x: Range;
  /** Null in a space of the zoom. */
  readonly y: Range | null;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

export interface PtzSpaces {
  readonly velocity: Space | null;
  readonly zoomVelocity: Space | null;
  readonly position: Space | null;
  readonly zoomPosition: Space | null;
  readonly speed: Space | null;
}

/** How parts of the reach and degrees belong together. */
export interface Reach {
  readonly limits: Limits;
  readonly maxZoom: number;
}

export interface PanTilt {
  readonly panDeg: number;
  readonly tiltDeg: number;
}

const DEGREES = /SphericalPositionSpaceDegrees$/;
const UNIT: Range = { min: -1, max: 1 };

/** Of `PTZConfigurationOptions/Spaces` or a node's `SupportedPTZSpaces`. Degrees are taken before parts of the reach. */
export function spacesOf(spaces: XmlElement | undefined): PtzSpaces {
  const all = (name: string): Space[] => findAll(spaces, name).flatMap((space) => spaceOf(space) ?? []);
  const positions = all('AbsolutePanTiltPositionSpace');
  return {
    velocity: generic(all('ContinuousPanTiltVelocitySpace')),
    zoomVelocity: generic(all('ContinuousZoomVelocitySpace')),
    position: positions.find(({ uri }) => DEGREES.test(uri)) ?? generic(positions),
    zoomPosition: generic(all('AbsoluteZoomPositionSpace')),
    speed: generic(all('PanTiltSpeedSpace')),
  };
}

function generic(spaces: readonly Space[]): Space | null {
  return spaces.find(({ uri }) => /GenericSpace$|GenericSpeedSpace$/.test(uri)) ?? spaces[0] ?? null;
}

function spaceOf(space: XmlElement): Space | null {
  const x = rangeOf(find(space, 'XRange'));
  const uri = textAt(space, 'URI');
  return x === null || uri === '' ? null : { uri, x, y: rangeOf(find(space, 'YRange')) };
}

function rangeOf(range: XmlElement | undefined): Range | null {
  const [min, max] = [numberOf(textAt(range, 'Min')), numberOf(textAt(range, 'Max'))];
  return min === null || max === null || min >= max ? null : { min, max };
}

/** A fraction of full speed, -1 to 1, in a velocity space: 0 is always 0, whatever the range. */
export function velocityIn(space: Space, fraction: number, axis: 'x' | 'y'): number {
  const { min, max } = space[axis] ?? UNIT;
  const bounded = Math.min(1, Math.max(-1, fraction));
  return rounded(bounded < 0 ? -bounded * Math.min(min, 0) : bounded * Math.max(max, 0));
}

/** A speed of 0 to 1 in a speed space. */
export function speedIn(space: Space, fraction: number): number {
  return rounded(space.x.min + Math.min(1, Math.max(0, fraction)) * (space.x.max - space.x.min));
}

export function degreesToSpace(space: Space, { panDeg, tiltDeg }: PanTilt, { limits }: Reach): { x: number; y: number } {
  const y = space.y ?? UNIT;
  if (DEGREES.test(space.uri)) return { x: clamp(panDeg, space.x), y: clamp(tiltDeg, y) };
  return { x: carry(panDeg, panOf(limits), space.x), y: carry(tiltDeg, tiltOf(limits), y) };
}

/** Of a position that was read back: in the space that it names, or in the camera's own where it names none. */
export function spaceToDegrees(space: Space | null, uri: string, { x, y }: { x: number; y: number }, { limits }: Reach): PanTilt {
  if (DEGREES.test(uri) || (uri === '' && space !== null && DEGREES.test(space.uri))) return { panDeg: x, tiltDeg: y };
  const [across, along] = space === null || DEGREES.test(space.uri) ? [UNIT, UNIT] : [space.x, space.y ?? UNIT];
  return { panDeg: carry(x, across, panOf(limits)), tiltDeg: carry(y, along, tiltOf(limits)) };
}

/** Magnification grows along the zoom's space; what a part of it means in optics no camera says, so it is taken as even. */
export function zoomToSpace(space: Space, zoom: number, { maxZoom }: Reach): number {
  return carry(zoom, { min: 1, max: maxZoom }, space.x);
}

export function spaceToZoom(space: Space | null, x: number, { maxZoom }: Reach): number {
  return carry(x, space?.x ?? { min: 0, max: 1 }, { min: 1, max: maxZoom });
}

function panOf({ minPanDeg, maxPanDeg }: Limits): Range {
  return { min: minPanDeg, max: maxPanDeg };
}

function tiltOf({ minTiltDeg, maxTiltDeg }: Limits): Range {
  return { min: minTiltDeg, max: maxTiltDeg };
}

function carry(value: number, from: Range, to: Range): number {
  if (from.max === from.min) return to.min;
  return rounded(to.min + ((clamp(value, from) - from.min) / (from.max - from.min)) * (to.max - to.min));
}

function clamp(value: number, { min, max }: Range): number {
  return Math.min(max, Math.max(min, value));
}

/** To a millionth: finer than any motor, and without the tails of binary fractions on the wire. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0;
}
