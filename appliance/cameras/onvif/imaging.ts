import type { CameraCommand, ExposureMode, FocusMode, WhiteBalanceMode } from '../ptz-camera.ts';
import { escapeXml, find, findAll, numberOf, textAt, type XmlElement } from './xml.ts';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** What a lens can be told, from `GetOptionsResponse` (imaging specification, section 5.1.3). A null range is a thing that it cannot. */
export interface ImagingOptions {
  readonly brightness: Range | null;
  readonly iris: Range | null;
  readonly gain: Range | null;
  readonly exposureTime: Range | null;
  readonly exposureModes: readonly string[];
  readonly focusModes: readonly string[];
  readonly whiteBalanceModes: readonly string[];
  readonly backlightModes: readonly string[];
  readonly irCutFilterModes: readonly string[];
  /** Continuous focus, from `GetMoveOptionsResponse`. */
  readonly focusSpeed: Range | null;
}

/** What it is set to, from `GetImagingSettingsResponse`. */
export interface ImagingSettings {
  readonly brightness: number | null;
  readonly focus: 'auto' | 'manual' | null;
}

type SwitchCommand = { readonly type: 'backlight' | 'infrared'; readonly on: boolean };
export type ImagingCommand = Extract<CameraCommand, { type: 'focus' | 'exposure' | 'white-balance' }> | SwitchCommand;

/** A tenth of the range is a step that a person sees. */
const BRIGHTNESS_STEPS = 10;
const SCHEMA = 'http://www.onvif.org/ver10/schema';

export function optionsOf(answer: XmlElement, moveOptions: XmlElement | null): ImagingOptions {
  const options = find(answer, 'ImagingOptions');
  const exposure = find(options, 'Exposure');
  const words = (within: XmlElement | undefined, name: string): string[] => findAll(within, name).map(({ text }) => text);
  return {
    brightness: rangeOf(find(options, 'Brightness')), iris: rangeOf(find(exposure, 'Iris')), gain: rangeOf(find(exposure, 'Gain')),
    exposureTime: rangeOf(find(exposure, 'ExposureTime')), exposureModes: words(exposure, 'Mode'),
    focusModes: words(find(options, 'Focus'), 'AutoFocusModes'), whiteBalanceModes: words(find(options, 'WhiteBalance'), 'Mode'),
    backlightModes: words(find(options, 'BacklightCompensation'), 'Mode'), irCutFilterModes: words(options, 'IrCutFilterModes'),
    focusSpeed: moveOptions === null ? null : rangeOf(find(moveOptions, 'MoveOptions', 'Continuous', 'Speed')),
  };
}

export function settingsOf(answer: XmlElement): ImagingSettings {
  const settings = find(answer, 'ImagingSettings');
  const focus = textAt(settings, 'Focus', 'AutoFocusMode');
  return { brightness: numberOf(textAt(settings, 'Brightness')), focus: focus === 'AUTO' ? 'auto' : focus === 'MANUAL' ? 'manual' : null };
}

export function focusModesOf({ focusModes }: ImagingOptions): FocusMode[] {
  return [...(focusModes.includes('AUTO') ? ['auto' as const] : []), ...(focusModes.includes('MANUAL') ? ['manual' as const] : [])];
}

export function exposureModesOf({ exposureModes, brightness }: ImagingOptions): ExposureMode[] {
  const modes = [...(exposureModes.includes('AUTO') ? ['auto' as const] : []), ...(exposureModes.includes('MANUAL') ? ['manual' as const] : [])];
  return brightness === null ? modes : [...modes, 'brighter', 'darker', 'reset'];
}

export function whiteBalanceModesOf({ whiteBalanceModes }: ImagingOptions): WhiteBalanceMode[] {
  return [...(whiteBalanceModes.includes('AUTO') ? ['auto' as const] : []), ...(whiteBalanceModes.includes('MANUAL') ? ['manual' as const] : [])];
}

/**
 * The inside of `SetImagingSettings/ImagingSettings`: that one thing and nothing else, so that the rest stays as it is; null for what the
 * lens cannot. Our own, for the library leaves out every value that is 0 and knows neither white balance nor backlight.
 */
export function settingFor(command: ImagingCommand, options: ImagingOptions, now: ImagingSettings): string | null {
  switch (command.type) {
    case 'focus':
      return focusModesOf(options).includes(command.mode) ? tag('Focus', tag('AutoFocusMode', upper(command.mode))) : null;
    case 'white-balance':
      return whiteBalanceModesOf(options).includes(command.mode) ? tag('WhiteBalance', tag('Mode', upper(command.mode))) : null;
    case 'backlight':
      return options.backlightModes.includes(command.on ? 'ON' : 'OFF') ? tag('BacklightCompensation', tag('Mode', command.on ? 'ON' : 'OFF')) : null;
    case 'infrared':
      return infrared(command.on, options.irCutFilterModes);
    case 'exposure':
      return exposure(command, options, now);
  }
}

/** With the filter off the lens sees infrared; in daylight it is best left to the camera. */
function infrared(on: boolean, modes: readonly string[]): string | null {
  const mode = on ? 'OFF' : modes.includes('AUTO') ? 'AUTO' : 'ON';
  return modes.includes(mode) ? tag('IrCutFilter', mode) : null;
}

function exposure(command: Extract<CameraCommand, { type: 'exposure' }>, options: ImagingOptions, now: ImagingSettings): string | null {
  if (!exposureModesOf(options).includes(command.mode)) return null;
  if (command.mode === 'auto') return tag('Exposure', tag('Mode', 'AUTO'));
  if (command.mode !== 'manual') return brightness(command.mode, options.brightness, now.brightness);
  const { exposureTime, gain, iris } = options;
  // In the order of the schema, which cameras insist on.
  const values = [value('ExposureTime', command.shutter, exposureTime), value('Gain', command.gain, gain), value('Iris', command.iris, iris)];
  return tag('Exposure', tag('Mode', 'MANUAL') + values.join(''));
}

function brightness(mode: 'brighter' | 'darker' | 'reset', range: Range | null, now: number | null): string | null {
  if (range === null) return null;
  const middle = (range.min + range.max) / 2;
  const step = (range.max - range.min) / BRIGHTNESS_STEPS;
  const wanted = mode === 'reset' ? middle : (now ?? middle) + (mode === 'brighter' ? step : -step);
  return tag('Brightness', String(Math.min(range.max, Math.max(range.min, wanted))));
}

function value(name: string, fraction: number | undefined, range: Range | null): string {
  if (fraction === undefined || range === null) return '';
  return tag(name, String(range.min + Math.min(1, Math.max(0, fraction)) * (range.max - range.min)));
}

function tag(name: string, content: string): string {
  return `<${name} xmlns="${SCHEMA}">${content.startsWith('<') ? content : escapeXml(content)}</${name}>`;
}

function upper(mode: string): string {
  return mode.toUpperCase();
}

function rangeOf(range: XmlElement | undefined): Range | null {
  const [min, max] = [numberOf(textAt(range, 'Min')), numberOf(textAt(range, 'Max'))];
  return min === null || max === null || min >= max ? null : { min, max };
}
