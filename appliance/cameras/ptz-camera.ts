/** A camera head that can be driven. Implementations never throw for a camera that is away: they say so in `status`. */
export interface PtzCamera {
  /** Fractions of full speed, right, up and in positive. The newest wins; what was not sent yet is forgotten. */
  drive(velocity: Velocity): void;
  /** Sent again until the camera confirms it. */
  stop(): void;
  /** These resolve when the camera accepted the command; a CodedError says why it did not. */
  home(): Promise<void>;
  recallPreset(preset: number): Promise<void>;
  savePreset(preset: number): Promise<void>;
  status(): CameraStatus;
  /** Holds the link until the signal aborts; rejects when it breaks. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Velocity {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

export interface CameraStatus {
  readonly link: 'ok' | 'lost';
  readonly panDeg: number;
  readonly tiltDeg: number;
  /** Magnification, 1 is wide. */
  readonly zoom: number;
  readonly moving: boolean;
  /** What to do about a lost link; empty when it is ok. */
  readonly advice: string;
}

export const STILL: Velocity = { pan: 0, tilt: 0, zoom: 0 };
