import type { CameraCommand, Limits, TallyState } from '../ptz-camera.ts';

type Span = readonly [number, number];

/** What differs between makers, as data. Everything else in this folder is the same for all. */
export interface Profile {
  readonly id: ProfileId;
  /** The fastest speed steps of pan and tilt; 1 is the slowest everywhere. */
  readonly speeds: { readonly pan: number; readonly tilt: number };
  readonly stepsPerDegree: number;
  /** Null: not known, the head itself stops at its ends. */
  readonly reach: Limits | null;
  /** Magnification by zoom position, ascending; null is linear up to `maxZoom` at 4000 hex. */
  readonly zoomCurve: readonly Span[] | null;
  readonly maxZoom: number;
  readonly presets: readonly Span[];
  readonly tally: 'red' | 'red-and-green' | 'ptzoptics' | 'none';
  /** Positions of the lens and the sensor for `manual` exposure; null: the camera is not asked to. */
  readonly exposure: { readonly iris: Span; readonly gain: Span; readonly shutter: Span } | null;
  /** Commands that this maker's cameras do not have. */
  readonly lacks: readonly CameraCommand['type'][];
  readonly fullSpeed: { readonly panDegPerS: number; readonly tiltDegPerS: number } | null;
  readonly fieldOfViewDeg: number | null;
}

export type ProfileId = 'generic' | 'sony' | 'sony-x' | 'ptzoptics';

/** SRG-300H technical manual, "Zoom ratio and zoom position (for reference)". */
const SONY_30X: readonly Span[] = [
  [0x0000, 1], [0x16a1, 2], [0x2063, 3], [0x2628, 4], [0x2a1d, 5], [0x2d13, 6], [0x2f6d, 7], [0x3161, 8], [0x330d, 9], [0x3486, 10],
  [0x35d7, 11], [0x3709, 12], [0x3820, 13], [0x3920, 14], [0x3a0a, 15], [0x3add, 16], [0x3b9c, 17], [0x3c46, 18], [0x3cdc, 19], [0x3d60, 20],
  [0x4000, 30],
];

/** What nearly every VISCA camera takes. */
const GENERIC: Profile = {
  id: 'generic',
  speeds: { pan: 0x18, tilt: 0x14 },
  stepsPerDegree: 14.4,
  reach: null,
  zoomCurve: null,
  maxZoom: 20,
  // 90 to 99 are commands in disguise on many heads (95 opens the on-screen menu).
  presets: [[0, 89], [100, 254]],
  tally: 'red',
  exposure: { iris: [0x00, 0x11], gain: [0x01, 0x0f], shutter: [0x00, 0x15] },
  lacks: [],
  fullSpeed: null,
  fieldOfViewDeg: null,
};

export const PROFILES: Readonly<Record<ProfileId, Profile>> = {
  generic: GENERIC,
  /** EVI and SRG heads of before the X series. */
  sony: {
    ...GENERIC,
    id: 'sony',
    reach: { minPanDeg: -170, maxPanDeg: 170, minTiltDeg: -20, maxTiltDeg: 90 },
    zoomCurve: SONY_30X,
    maxZoom: 30,
    presets: [[0, 15]],
    fullSpeed: { panDegPerS: 100, tiltDegPerS: 90 },
    fieldOfViewDeg: 65,
  },
  /** BRC-X and SRG-X: 51.2 steps a degree, a pan of five nibbles, two tally lamps. */
  'sony-x': {
    ...GENERIC,
    id: 'sony-x',
    stepsPerDegree: 51.2,
    reach: { minPanDeg: -170, maxPanDeg: 170, minTiltDeg: -20, maxTiltDeg: 90 },
    presets: [[0, 99]],
    tally: 'red-and-green',
    fullSpeed: { panDegPerS: 100, tiltDegPerS: 90 },
    fieldOfViewDeg: 70,
  },
  ptzoptics: {
    ...GENERIC,
    id: 'ptzoptics',
    reach: { minPanDeg: -170, maxPanDeg: 170, minTiltDeg: -30, maxTiltDeg: 90 },
    tally: 'ptzoptics',
    exposure: { iris: [0x00, 0x0c], gain: [0x00, 0x07], shutter: [0x01, 0x11] },
    fullSpeed: { panDegPerS: 100, tiltDegPerS: 70 },
  },
};

/** Sony's vendor number is borrowed by others: only the models that are known to be Sony's count as such. */
const MODELS: Readonly<Record<number, ProfileId>> = {
  0x0511: 'sony',
  0x051c: 'sony-x',
  0x051d: 'sony-x',
  0x0617: 'sony-x',
  0x0618: 'sony-x',
  0x061a: 'sony-x',
  0x061b: 'sony-x',
};
const SONY = 0x0001;
const PTZOPTICS = 0x0220;

/** From the answer to the version inquiry; null where it says nothing that is known. */
export function profileOf({ vendor, model }: { readonly vendor: number; readonly model: number }): ProfileId | null {
  if (vendor === PTZOPTICS) return 'ptzoptics';
  return vendor === SONY ? (MODELS[model] ?? null) : null;
}

export function tallyStates({ tally }: Profile): readonly TallyState[] {
  if (tally === 'none') return [];
  return tally === 'red' ? ['off', 'program'] : ['off', 'preview', 'program'];
}

/** Optical zoom ends at 4000 hex. */
export const ZOOM_END = 0x4000;

function curveOf({ zoomCurve, maxZoom }: Pick<Profile, 'zoomCurve' | 'maxZoom'>): readonly Span[] {
  return zoomCurve ?? [[0, 1], [ZOOM_END, maxZoom]];
}

/** Magnification at a zoom position; what lies beyond the optical end counts as the end. */
export function magnificationAt(position: number, profile: Pick<Profile, 'zoomCurve' | 'maxZoom'>): number {
  return between(curveOf(profile), position);
}

export function positionFor(magnification: number, profile: Pick<Profile, 'zoomCurve' | 'maxZoom'>): number {
  return Math.round(between(curveOf(profile).map(([position, zoom]) => [zoom, position]), magnification));
}

/** Straight lines between the points, level beyond them. */
function between(points: readonly Span[], at: number): number {
  let [x, y] = points[0] ?? [0, 0];
  if (at <= x) return y;
  for (const [nextX, nextY] of points) {
    if (at <= nextX) return nextX === x ? nextY : y + ((at - x) / (nextX - x)) * (nextY - y);
    [x, y] = [nextX, nextY];
  }
  return y;
}
