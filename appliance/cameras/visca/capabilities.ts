import type { CameraCapabilities, CameraCommand } from '../ptz-camera.ts';
import { type Profile, tallyStates } from './profiles.ts';

const COMMANDS: readonly CameraCommand['type'][] = [
  'home', 'move-to', 'move-by', 'preset-recall', 'preset-save', 'preset-clear', 'focus', 'focus-drive',
  'exposure', 'white-balance', 'backlight', 'tally', 'power', 'infrared', 'limits',
];

export function capabilitiesOf(profile: Profile): CameraCapabilities {
  const { presets, reach, maxZoom, fullSpeed, fieldOfViewDeg, lacks, tally } = profile;
  return {
    commands: COMMANDS.filter((type) => !lacks.includes(type) && (type !== 'tally' || tally !== 'none')),
    focusModes: ['auto', 'manual', 'one-push'],
    exposureModes: ['auto', 'manual', 'brighter', 'darker', 'reset'],
    whiteBalanceModes: ['auto', 'indoor', 'outdoor', 'one-push', 'manual'],
    tallyStates: tallyStates(profile),
    presets: { kind: 'numbers', ranges: presets },
    reach, maxZoom, fullSpeed, fieldOfViewDeg,
  };
}
