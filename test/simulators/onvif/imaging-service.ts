import { find, numberOf, textAt, type XmlElement } from '#appliance/cameras/onvif/xml.ts';
import type { SimulatedCamera } from './camera.ts';
import { VIDEO_SOURCE } from './media-service.ts';
import { badArgument, unsupported } from './soap.ts';

/** Where a setting is found in a request and what it may be. */
const SETTINGS: Readonly<Record<string, { readonly path: readonly string[]; readonly modes?: readonly string[]; readonly range?: readonly [number, number] }>> = {
  Brightness: { path: ['Brightness'], range: [0, 100] },
  BacklightMode: { path: ['BacklightCompensation', 'Mode'], modes: ['OFF', 'ON'] },
  ExposureMode: { path: ['Exposure', 'Mode'], modes: ['AUTO', 'MANUAL'] },
  ExposureTime: { path: ['Exposure', 'ExposureTime'], range: [100, 40_000] },
  Gain: { path: ['Exposure', 'Gain'], range: [0, 30] },
  Iris: { path: ['Exposure', 'Iris'], range: [-22, 0] },
  AutoFocusMode: { path: ['Focus', 'AutoFocusMode'], modes: ['AUTO', 'MANUAL'] },
  IrCutFilter: { path: ['IrCutFilter'], modes: ['ON', 'OFF', 'AUTO'] },
  WhiteBalanceMode: { path: ['WhiteBalance', 'Mode'], modes: ['AUTO', 'MANUAL'] },
};

/** Imaging service (imaging specification, section 5). */
export function answerImaging(request: XmlElement, camera: SimulatedCamera): string {
  if (textAt(request, 'VideoSourceToken') !== VIDEO_SOURCE) throw badArgument('NoSource', 'The requested video source does not exist');
  switch (request.name) {
    case 'GetOptions':
      return `<timg:GetOptionsResponse><timg:ImagingOptions>${options()}</timg:ImagingOptions></timg:GetOptionsResponse>`;
    case 'GetMoveOptions':
      return '<timg:GetMoveOptionsResponse><timg:MoveOptions><tt:Continuous><tt:Speed><tt:Min>-7</tt:Min><tt:Max>7</tt:Max></tt:Speed></tt:Continuous></timg:MoveOptions></timg:GetMoveOptionsResponse>';
    case 'GetImagingSettings':
      return `<timg:GetImagingSettingsResponse><timg:ImagingSettings>${settings(camera)}</timg:ImagingSettings></timg:GetImagingSettingsResponse>`;
    case 'SetImagingSettings':
      set(find(request, 'ImagingSettings'), camera);
      return '<timg:SetImagingSettingsResponse/>';
    case 'Move':
      camera.focusSpeed = numberOf(textAt(request, 'Focus', 'Continuous', 'Speed')) ?? 0;
      return '<timg:MoveResponse/>';
    case 'Stop':
      camera.focusSpeed = 0;
      return '<timg:StopResponse/>';
    default:
      throw unsupported();
  }
}

/** All or nothing. */
function set(wanted: XmlElement | undefined, camera: SimulatedCamera): void {
  const named = Object.entries(SETTINGS).filter(([, { path }]) => find(wanted, ...path) !== undefined);
  for (const [, { path, modes, range }] of named) {
    const text = textAt(wanted, ...path);
    const number = numberOf(text);
    const fits = modes?.includes(text) ?? (range !== undefined && number !== null && number >= range[0] && number <= range[1]);
    if (!fits) throw badArgument('SettingsInvalid', `${path.join('/')} cannot be ${text}`);
  }
  for (const [name, { path }] of named) camera.imaging.set(name, textAt(wanted, ...path));
}

function settings({ imaging }: SimulatedCamera): string {
  const tag = (name: string, key: string): string => `<tt:${name}>${imaging.get(key)}</tt:${name}>`;
  return [
    `<tt:BacklightCompensation>${tag('Mode', 'BacklightMode')}</tt:BacklightCompensation>`, tag('Brightness', 'Brightness'),
    `<tt:Exposure>${tag('Mode', 'ExposureMode')}${tag('ExposureTime', 'ExposureTime')}${tag('Gain', 'Gain')}${tag('Iris', 'Iris')}</tt:Exposure>`,
    `<tt:Focus>${tag('AutoFocusMode', 'AutoFocusMode')}</tt:Focus>`, tag('IrCutFilter', 'IrCutFilter'),
    `<tt:WhiteBalance>${tag('Mode', 'WhiteBalanceMode')}</tt:WhiteBalance>`,
  ].join('');
}

function options(): string {
  const range = (name: string): string => {
    const [min, max] = SETTINGS[name]?.range ?? [0, 0];
    return `<tt:${name}><tt:Min>${min}</tt:Min><tt:Max>${max}</tt:Max></tt:${name}>`;
  };
  const modes = (tag: string, key: string): string => (SETTINGS[key]?.modes ?? []).map((mode) => `<tt:${tag}>${mode}</tt:${tag}>`).join('');
  return [
    `<tt:BacklightCompensation>${modes('Mode', 'BacklightMode')}</tt:BacklightCompensation>`, range('Brightness'),
    `<tt:Exposure>${modes('Mode', 'ExposureMode')}${range('ExposureTime')}${range('Gain')}${range('Iris')}</tt:Exposure>`,
    `<tt:Focus>${modes('AutoFocusModes', 'AutoFocusMode')}</tt:Focus>`, modes('IrCutFilterModes', 'IrCutFilter'),
    `<tt:WhiteBalance>${modes('Mode', 'WhiteBalanceMode')}</tt:WhiteBalance>`,
  ].join('');
}
