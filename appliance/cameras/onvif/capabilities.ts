import type { CameraCapabilities, CameraCommand } from '../ptz-camera.ts';
import type { OnvifDevice } from './connect.ts';
import { exposureModesOf, focusModesOf, whiteBalanceModesOf, type ImagingOptions } from './imaging.ts';
import type { OnvifConfig } from './onvif-config.ts';
import type { PtzSpaces, Reach } from './spaces.ts';

const MAX_ZOOM = 20;
const PAN_DEG = [-170, 170] as const;
const TILT_DEG = [-30, 90] as const;

type Command = CameraCommand['type'];

/** The camera's own figures where its positions are degrees, else the installer's. */
export function reachOf(config: OnvifConfig, spaces: PtzSpaces | null): Reach {
  const [minPanDeg, maxPanDeg] = config.panRangeDeg ?? PAN_DEG;
  const [minTiltDeg, maxTiltDeg] = config.tiltRangeDeg ?? TILT_DEG;
  const maxZoom = config.maxZoom ?? MAX_ZOOM;
  const space = spaces?.position;
  if (space == null || space.y === null || !space.uri.endsWith('SpaceDegrees')) return { limits: { minPanDeg, maxPanDeg, minTiltDeg, maxTiltDeg }, maxZoom };
  return { limits: { minPanDeg: space.x.min, maxPanDeg: space.x.max, minTiltDeg: space.y.min, maxTiltDeg: space.y.max }, maxZoom };
}

/** What the connected device can do; before it was connected, nothing. */
export function capabilitiesOf(device: OnvifDevice | null, reach: Reach): CameraCapabilities {
  const imaging = device?.imaging ?? null;
  return {
    commands: [...motorCommands(device?.ptz ?? null), ...(imaging === null ? [] : lensCommands(imaging))],
    focusModes: imaging === null ? [] : focusModesOf(imaging),
    exposureModes: imaging === null ? [] : exposureModesOf(imaging),
    whiteBalanceModes: imaging === null ? [] : whiteBalanceModesOf(imaging),
    tallyStates: [], presets: { kind: 'tokens' }, reach: reach.limits, maxZoom: reach.maxZoom, fullSpeed: null, fieldOfViewDeg: null,
  };
}

function motorCommands(ptz: OnvifDevice['ptz']): Command[] {
  if (ptz === null) return [];
  return [
    ...(ptz.home ? ['home' as const] : []),
    ...(ptz.spaces.position === null ? [] : ['move-to' as const, 'move-by' as const]),
    ...(ptz.presets === 0 ? [] : ['preset-recall' as const, 'preset-save' as const, 'preset-clear' as const]),
  ];
}

function lensCommands(imaging: ImagingOptions): Command[] {
  return [
    ...(focusModesOf(imaging).length > 0 ? ['focus' as const] : []),
    ...(imaging.focusSpeed === null ? [] : ['focus-drive' as const]),
    ...(exposureModesOf(imaging).length > 0 ? ['exposure' as const] : []),
    ...(whiteBalanceModesOf(imaging).length > 0 ? ['white-balance' as const] : []),
    ...(imaging.backlightModes.includes('ON') ? ['backlight' as const] : []),
    ...(imaging.irCutFilterModes.includes('OFF') ? ['infrared' as const] : []),
  ];
}
