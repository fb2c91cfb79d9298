import { expect, it } from 'vitest';
import type { CameraCapabilities } from '../ptz-camera.ts';
import { careCommands, careOf } from './care.ts';

const nothing: CameraCapabilities = {
  commands: ['home'], focusModes: [], exposureModes: [], whiteBalanceModes: [], tallyStates: [],
  presets: { kind: 'tokens' }, reach: null, maxZoom: 20, fullSpeed: null, fieldOfViewDeg: null,
};

it.each<[string, Partial<CameraCapabilities>, readonly string[]]>([
  ['a bare head', {}, []],
  ['a focus that only goes by itself', { commands: ['focus'], focusModes: ['auto'] }, ['focus-auto']],
  ['modes of a command it does not take', { focusModes: ['auto', 'one-push'] }, []],
  ['steps without a way back', { commands: ['exposure'], exposureModes: ['brighter', 'darker'] }, ['brighter', 'darker']],
  ['all of it', {
    commands: ['focus', 'exposure', 'white-balance', 'backlight', 'power'], focusModes: ['auto', 'one-push'], exposureModes: ['auto', 'brighter', 'darker', 'reset'],
    whiteBalanceModes: ['auto', 'indoor', 'outdoor'],
  }, ['focus-now', 'focus-auto', 'brighter', 'darker', 'exposure-auto', 'light-auto', 'light-indoor', 'light-outdoor', 'backlight-on', 'backlight-off', 'wake']],
])('offers for %s what it can', (_what, can, offered) => {
  expect(careOf({ ...nothing, ...can })).toEqual(offered);
});

it('leaves out the part of an action that a camera cannot do', () => {
  expect(careCommands('exposure-auto', { ...nothing, commands: ['exposure'], exposureModes: ['auto'] })).toEqual([{ type: 'exposure', mode: 'auto' }]);
});
