import { CodedError } from '#kit/process/errors.ts';
import type { CameraSettings } from '../../contract/cameras.ts';

/** @throws CodedError `bad_limits` where nothing lies between them, `unknown_preset` */
export function checkSettings({ limits, parking }: CameraSettings, presets: readonly string[]): void {
  if (limits !== null && (limits.minPanDeg >= limits.maxPanDeg || limits.minTiltDeg >= limits.maxTiltDeg)) {
    throw new CodedError('bad_limits', 'The left limit must be left of the right one, and the lower below the upper.', { status: 400 });
  }
  const rest = parking?.preset ?? null;
  if (rest !== null && !presets.includes(rest)) {
    throw new CodedError('unknown_preset', `The camera has no saved view "${rest}" to rest at.`, { status: 404 });
  }
}
