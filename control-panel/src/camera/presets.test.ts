import { expect, it } from 'vitest';
import { freeNames, freePreset } from './presets.ts';

const presets = [
  { id: '1', name: 'Teacher' },
  { id: '3', name: 'Desk' },
];

it('takes the first free memory', () => {
  expect([freePreset([]), freePreset(presets)]).toEqual(['1', '2']);
});

it('suggests names that are still free', () => {
  expect(freeNames('Whiteboard|Teacher|Desk', presets)).toEqual(['Whiteboard']);
});
