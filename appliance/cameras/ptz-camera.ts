/** A camera head that can be driven. Implementations never throw for a camera that is away: they say so in `status`. */
export interface PtzCamera {
  /** What this camera can do, as data; more may be known once it is connected. */
  capabilities(): CameraCapabilities;
  /** Read back from the camera, never assumed. */
  status(): CameraStatus;
  /** Fractions of full speed, right, up and in positive. The newest wins; what was not sent yet is forgotten. */
  drive(velocity: Velocity): void;
  /** Sent again until the camera confirms it. */
  stop(): void;
  /**
   * Resolves when the camera accepted the command; the motion goes on, see `status().moving`.
   * @throws CodedError `camera_cannot` 400, `camera_unreachable` 503, `camera_busy` 409, `camera_refused` 409, `bad_preset` 400
   */
  execute(command: CameraCommand): Promise<void>;
  /** Holds the link until the signal aborts; rejects when it breaks. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Velocity {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

export const STILL: Velocity = { pan: 0, tilt: 0, zoom: 0 };

export type FocusMode = 'auto' | 'manual' | 'one-push';
/** `brighter`, `darker` and `reset` are steps of the compensation that automatic exposure aims at. */
export type ExposureMode = 'auto' | 'manual' | 'brighter' | 'darker' | 'reset';
export type WhiteBalanceMode = 'auto' | 'indoor' | 'outdoor' | 'one-push' | 'manual';
export type TallyState = 'off' | 'preview' | 'program';

/** Degrees from the camera's own zero, right and up positive. */
export interface Limits {
  readonly minPanDeg: number;
  readonly maxPanDeg: number;
  readonly minTiltDeg: number;
  readonly maxTiltDeg: number;
}

interface Move {
  readonly panDeg: number;
  readonly tiltDeg: number;
  /** Magnification to reach, 1 is wide; left out, the zoom stays. */
  readonly zoom?: number;
  /** Fraction of full speed; full unless told. */
  readonly speed?: number;
}

export type CameraCommand =
  | { readonly type: 'home' }
  | ({ readonly type: 'move-to' } & Move)
  /** From where the camera stands. */
  | ({ readonly type: 'move-by' } & Move)
  /** A number for VISCA; for ONVIF any name, the camera's own token for what was saved elsewhere. The `name` is kept by cameras that can. */
  | { readonly type: 'preset-recall' | 'preset-save' | 'preset-clear'; readonly preset: string; readonly name?: string }
  | { readonly type: 'focus'; readonly mode: FocusMode }
  /** -1 nearer … 1 farther, 0 stops. */
  | { readonly type: 'focus-drive'; readonly speed: number }
  /** Iris, gain and shutter are fractions of their ranges and go with `manual`. */
  | { readonly type: 'exposure'; readonly mode: ExposureMode; readonly iris?: number; readonly gain?: number; readonly shutter?: number }
  | { readonly type: 'white-balance'; readonly mode: WhiteBalanceMode }
  | { readonly type: 'backlight' | 'power' | 'infrared'; readonly on: boolean }
  | { readonly type: 'tally'; readonly state: TallyState }
  /** Soft limits kept by the camera; null lifts them. */
  | { readonly type: 'limits'; readonly limits: Limits | null };

export type PresetSpace =
  /** Numbers from the first to the second of each pair. */
  | { readonly kind: 'numbers'; readonly ranges: readonly (readonly [number, number])[] }
  /** By any name; those that there are, are listed in `status().presets`. */
  | { readonly kind: 'tokens' };

export interface CameraCapabilities {
  readonly commands: readonly CameraCommand['type'][];
  readonly focusModes: readonly FocusMode[];
  readonly exposureModes: readonly ExposureMode[];
  readonly whiteBalanceModes: readonly WhiteBalanceMode[];
  readonly tallyStates: readonly TallyState[];
  readonly presets: PresetSpace;
  /** The head's reach; null where unknown. */
  readonly reach: Limits | null;
  /** Magnification at the end of the optical zoom. */
  readonly maxZoom: number;
  /** At full speed, where known. */
  readonly fullSpeed: { readonly panDegPerS: number; readonly tiltDegPerS: number } | null;
  /** Across the picture at magnification 1; null where unknown. */
  readonly fieldOfViewDeg: number | null;
}

export interface CameraStatus {
  readonly link: 'ok' | 'lost';
  readonly panDeg: number;
  readonly tiltDeg: number;
  /** Magnification, 1 is wide. */
  readonly zoom: number;
  /** From the moment that a move was accepted until the positions read back have come to rest. */
  readonly moving: boolean;
  /** What to do about a lost link; empty when it is ok. */
  readonly advice: string;
  readonly focus?: 'auto' | 'manual';
  readonly power?: 'on' | 'off';
  /** Those that the camera itself names. */
  readonly presets?: readonly { readonly id: string; readonly name: string }[];
  /** Maker, model and firmware in the camera's own words. */
  readonly version?: string;
}
