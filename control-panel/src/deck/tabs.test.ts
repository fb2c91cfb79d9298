import { expect, it } from 'vitest';
import { stateWith } from '../shared/state-for-tests.ts';
import { neighbour, tabs, wantsLook } from './tabs.ts';

it('marks the tab behind which something wants somebody', () => {
  const marked = (over: Parameters<typeof stateWith>[0]) => tabs.filter((tab) => wantsLook(stateWith(over), tab));
  expect(marked({})).toEqual([]);
  expect(marked({ share: { waiting: { id: 't', name: 'Tom', since: '2026-09-07T10:30:00Z' } } })).toEqual(['laptop']);
  const alarm = { code: 'clipping', source: 'mic', message: 'Too loud.', since: '2026-09-07T10:30:00Z' } as const;
  expect(marked({ sound: { alarms: [alarm] } })).toEqual(['sound']);
});

it.each([
  ['camera', 'ArrowRight', 'scenes'],
  ['camera', 'ArrowLeft', 'laptop'],
  ['sound', 'ArrowDown', 'laptop'],
  ['sources', 'ArrowUp', 'care'],
  ['camera', 'Enter', null],
] as const)('from %s %s leads to %s', (from, key, to) => {
  expect(neighbour(from, key)).toBe(to);
});
