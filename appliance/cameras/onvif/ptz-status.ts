import { spaceToDegrees, spaceToZoom, type PtzSpaces, type Reach } from './spaces.ts';
import { find, findAll, numberOf, textAt, type XmlElement } from './xml.ts';

export interface Position {
  readonly panDeg: number;
  readonly tiltDeg: number;
  readonly zoom: number;
}

export interface PtzReading {
  readonly position: Position | null;
  /** What the camera claims; some say it for ever. */
  readonly claimsToMove: boolean;
}

export interface Preset {
  /** The camera's own token. */
  readonly id: string;
  readonly name: string;
}

const MAX_PRESETS = 256;

/** From `GetStatusResponse` (PTZ specification, section 5.6.1). */
export function statusOf(answer: XmlElement, spaces: PtzSpaces, reach: Reach, last: Position): PtzReading {
  const status = find(answer, 'PTZStatus');
  const panTilt = find(status, 'Position', 'PanTilt');
  const zoom = numberOf(find(status, 'Position', 'Zoom')?.attributes.get('x'));
  const [x, y] = [numberOf(panTilt?.attributes.get('x')), numberOf(panTilt?.attributes.get('y'))];
  const turned = x === null || y === null ? null : spaceToDegrees(spaces.position, panTilt?.attributes.get('space') ?? '', { x, y }, reach);
  const moves = ['PanTilt', 'Zoom'].some((axis) => textAt(status, 'MoveStatus', axis) === 'MOVING');
  if (turned === null && zoom === null) return { position: null, claimsToMove: moves };
  return { position: { panDeg: last.panDeg, tiltDeg: last.tiltDeg, ...turned, zoom: zoom === null ? last.zoom : spaceToZoom(spaces.zoomPosition, zoom, reach) }, claimsToMove: moves };
}

/** From `GetPresetsResponse`, as the camera orders them. A preset without a name is called by its token. */
export function presetsOf(answer: XmlElement): Preset[] {
  return findAll(answer, 'Preset').slice(0, MAX_PRESETS).flatMap((preset) => {
    const id = preset.attributes.get('token') ?? '';
    return id === '' || id.length > 64 ? [] : [{ id, name: textAt(preset, 'Name').slice(0, 64) || id }];
  });
}
