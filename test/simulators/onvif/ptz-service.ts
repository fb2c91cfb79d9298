import { escapeXml, find, numberOf, textAt, type XmlElement } from '#appliance/cameras/onvif/xml.ts';
import { REACH, type SimulatedCamera } from './camera.ts';
import { requireProfile } from './media-service.ts';
import { badArgument, unsupported } from './soap.ts';

const SPACES = 'http://www.onvif.org/ver10/tptz';
const GENERIC = `${SPACES}/PanTiltSpaces/PositionGenericSpace`;
const DEGREES = `${SPACES}/PanTiltSpaces/SphericalPositionSpaceDegrees`;
const ZOOM = `${SPACES}/ZoomSpaces/PositionGenericSpace`;

/** PTZ service (PTZ specification, section 5). */
export function answerPtz(request: XmlElement, camera: SimulatedCamera): string {
  if (request.name === 'GetNodes') return `<tptz:GetNodesResponse>${node(camera)}</tptz:GetNodesResponse>`;
  if (request.name === 'GetConfigurationOptions') return `<tptz:GetConfigurationOptionsResponse><tptz:PTZConfigurationOptions><tt:Spaces>${spaces(camera)}</tt:Spaces><tt:PTZTimeout><tt:Min>PT1S</tt:Min><tt:Max>PT60S</tt:Max></tt:PTZTimeout></tptz:PTZConfigurationOptions></tptz:GetConfigurationOptionsResponse>`;
  requireProfile(request);
  return perform(request, camera) ?? `<tptz:${request.name}Response/>`;
}

function perform(request: XmlElement, camera: SimulatedCamera): string | undefined {
  switch (request.name) {
    case 'ContinuousMove':
      return continuous(request, camera);
    case 'AbsoluteMove':
      return camera.goTo(turnOf(find(request, 'Position', 'PanTilt')), zoomOf(find(request, 'Position', 'Zoom'))) ?? undefined;
    case 'Stop':
      if (camera.faults.stopUnsupported === true) throw unsupported();
      return camera.halt(textAt(request, 'PanTilt') !== 'false', textAt(request, 'Zoom') !== 'false') ?? undefined;
    case 'GotoHomePosition':
      return camera.goTo({ panDeg: 0, tiltDeg: 0 }, null) ?? undefined;
    case 'GetStatus':
      return status(camera);
    case 'GetPresets':
      return `<tptz:GetPresetsResponse>${[...camera.presets].map(([token, { name }]) => `<tptz:Preset token="${escapeXml(token)}"><tt:Name>${escapeXml(name)}</tt:Name></tptz:Preset>`).join('')}</tptz:GetPresetsResponse>`;
    case 'SetPreset':
      return `<tptz:SetPresetResponse><tptz:PresetToken>${escapeXml(camera.savePreset(textAt(request, 'PresetName'), textAt(request, 'PresetToken') || null))}</tptz:PresetToken></tptz:SetPresetResponse>`;
    case 'GotoPreset':
      return recall(textAt(request, 'PresetToken'), camera);
    case 'RemovePreset':
      if (!camera.presets.delete(textAt(request, 'PresetToken'))) throw badArgument('NoToken', 'The requested preset token does not exist');
      return undefined;
    default:
      throw unsupported();
  }
}

function continuous(request: XmlElement, camera: SimulatedCamera): undefined {
  const panTilt = find(request, 'Velocity', 'PanTilt');
  const zoom = find(request, 'Velocity', 'Zoom');
  if (panTilt !== undefined && zoom !== undefined && camera.faults.refusesBothAxes === true) throw badArgument('InvalidVelocity', 'One kind of movement at a time');
  const seconds = /^PT([0-9.]+)S$/.exec(textAt(request, 'Timeout'))?.[1];
  const turn = panTilt === undefined ? null : { x: part(panTilt, 'x'), y: part(panTilt, 'y') };
  camera.drive(turn, zoom === undefined ? null : part(zoom, 'x'), seconds === undefined ? null : Number(seconds) * 1_000);
}

function recall(token: string, camera: SimulatedCamera): undefined {
  const place = camera.presets.get(token);
  if (place === undefined) throw badArgument('NoToken', 'The requested preset token does not exist');
  camera.goTo(place, place.zoom);
}

function status(camera: SimulatedCamera): string {
  const { panDeg, tiltDeg, zoom } = camera.head.viewport();
  const moves = camera.head.moving || camera.faults.stickyMoving === true ? 'MOVING' : 'IDLE';
  const at = camera.faults.noDegrees === true
    ? `x="${panDeg / REACH.pan}" y="${tiltDeg / REACH.tilt}" space="${GENERIC}"` : `x="${panDeg}" y="${tiltDeg}" space="${DEGREES}"`;
  const position = `<tt:Position><tt:PanTilt ${at}/><tt:Zoom x="${(zoom - 1) / (REACH.maxZoom - 1)}" space="${ZOOM}"/></tt:Position>`;
  const claim = `<tt:MoveStatus><tt:PanTilt>${moves}</tt:PanTilt><tt:Zoom>${moves}</tt:Zoom></tt:MoveStatus>`;
  return `<tptz:GetStatusResponse><tptz:PTZStatus>${position}${claim}<tt:UtcTime>${new Date(camera.nowMs()).toISOString()}</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>`;
}

function turnOf(panTilt: XmlElement | undefined): { panDeg: number; tiltDeg: number } | null {
  if (panTilt === undefined) return null;
  const [x, y] = [part(panTilt, 'x'), part(panTilt, 'y')];
  return panTilt.attributes.get('space') === DEGREES ? { panDeg: x, tiltDeg: y } : { panDeg: x * REACH.pan, tiltDeg: y * REACH.tilt };
}

function zoomOf(zoom: XmlElement | undefined): number | null {
  return zoom === undefined ? null : 1 + part(zoom, 'x') * (REACH.maxZoom - 1);
}

function part(vector: XmlElement, axis: string): number {
  const value = numberOf(vector.attributes.get(axis));
  if (value === null) throw badArgument('InvalidPosition', 'A vector is not of numbers');
  return value;
}

function node(camera: SimulatedCamera): string {
  return `<tptz:PTZNode token="node" FixedHomePosition="true"><tt:Name>Head</tt:Name><tt:SupportedPTZSpaces>${spaces(camera)}</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>64</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>`;
}

function spaces({ faults }: SimulatedCamera): string {
  const space = (name: string, uri: string, x: number, y: number | null, min = -x): string =>
    `<tt:${name}><tt:URI>${uri}</tt:URI>${range('XRange', min, x)}${y === null ? '' : range('YRange', -y, y)}</tt:${name}>`;
  return [
    space('AbsolutePanTiltPositionSpace', GENERIC, 1, 1),
    faults.noDegrees === true ? '' : space('AbsolutePanTiltPositionSpace', DEGREES, REACH.pan, REACH.tilt),
    space('AbsoluteZoomPositionSpace', ZOOM, 1, null, 0),
    space('ContinuousPanTiltVelocitySpace', `${SPACES}/PanTiltSpaces/VelocityGenericSpace`, 1, 1),
    space('ContinuousZoomVelocitySpace', `${SPACES}/ZoomSpaces/VelocityGenericSpace`, 1, null),
    space('PanTiltSpeedSpace', `${SPACES}/PanTiltSpaces/GenericSpeedSpace`, 1, null, 0),
  ].join('');
}

function range(name: string, min: number, max: number): string {
  return `<tt:${name}><tt:Min>${min}</tt:Min><tt:Max>${max}</tt:Max></tt:${name}>`;
}
