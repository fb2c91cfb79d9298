import { expect, it } from 'vitest';
import { stateWith } from '../shared/state-for-tests.ts';
import { en } from '../words/en.ts';
import { bannerOf } from './banner.ts';

it.each<[string, Parameters<typeof stateWith>[0], string | undefined]>([
  ['an idle room', {}, undefined],
  ['a class that runs well', { lesson: { phase: 'live' } }, undefined],
  ['a pause', { lesson: { phase: 'paused' } }, en.pausedHeading],
  ['a class without space for its recording', { lesson: { phase: 'live' }, recording: { streamOnly: true } }, en.notRecordedHeading],
  ['a pause without space, too', { lesson: { phase: 'paused' }, recording: { streamOnly: true } }, en.notRecordedHeading],
  ['a full disk between classes', { recording: { streamOnly: true } }, undefined],
])('over the picture: %s', (_what, over, heading) => {
  expect(bannerOf(stateWith(over), en)?.heading).toBe(heading);
});
