import { CodedError } from '#kit/process/errors.ts';

/** 90 to 99 are commands in disguise on PTZOptics heads (95 opens the on-screen menu). */
export function presetNumber(preset: string): number {
  const number = /^[0-9]{1,3}$/.test(preset) ? Number(preset) : Number.NaN;
  if (Number.isNaN(number) || number > 254 || (number >= 90 && number <= 99)) {
    throw new CodedError('bad_preset', 'A preset is a number from 0 to 89 or 100 to 254.', { status: 400 });
  }
  return number;
}
