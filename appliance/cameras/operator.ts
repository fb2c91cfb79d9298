import type { FramingRequest, FramingState } from '../contract/cameras.ts';

/** Moves one camera by itself, and gives way to people. It drives by `CameraDesk.driveByItself`, which asks nobody's leave but theirs. */
export interface CameraOperator {
  state(): FramingState;
  /** @throws CodedError where it cannot do that here */
  frame(request: FramingRequest): void;
  /** A person has just moved the camera. */
  touched(): void;
}
