import type { TimetableClass } from '#provisioning/contract/console.ts';
import { describe, expect, it } from 'vitest';
import { draftOf, newDraft, withDraft, without, type ClassDraft } from './draft.ts';

const local = (date: string, time: string): string => new Date(`${date}T${time}`).toISOString();
const optics: TimetableClass = { id: 'optics', title: 'Optics', teacher: 'Ward', startsAt: local('2026-10-19', '09:00'), endsAt: local('2026-10-19', '09:50') };
const draft = (change: Partial<ClassDraft> = {}): ClassDraft => ({ id: null, title: ' Waves ', teacher: '', date: '2026-10-19', from: '10:00', to: '10:50', until: '', ...change });
const ids = (index: number): string => `new-${index}`;

it('adds one', () => {
  expect(withDraft([optics], draft(), ids)).toEqual([optics, { id: 'new-0', title: 'Waves', teacher: '', startsAt: local('2026-10-19', '10:00'), endsAt: local('2026-10-19', '10:50') }]);
});

it('repeats weekly at the same hour on the wall, the last day included', () => {
  const added = withDraft([], draft({ until: '2026-11-02' }), ids) as TimetableClass[];
  expect(added.map(({ id, startsAt }) => [id, startsAt])).toEqual([['new-0', local('2026-10-19', '10:00')], ['new-1', local('2026-10-26', '10:00')], ['new-2', local('2026-11-02', '10:00')]]);
});

it('changes one, and keeps its id and its course', () => {
  const course = { id: 'c', description: '', priceCents: 0, currency: 'EUR', buyUrl: 'https://shop.test/' };
  const typed = { ...draftOf({ ...optics, course }), from: '09:05' };
  expect(withDraft([{ ...optics, course }], typed, ids)).toEqual([{ ...optics, course, startsAt: local('2026-10-19', '09:05') }]);
});

describe('is refused', () => {
  it.each([
    ['what ends before it begins', draft({ to: '09:00' }), { code: 'ends-before-start' }],
    ['what overlaps', draft({ from: '09:49' }), { code: 'overlaps', title: 'Optics' }],
    ['what overlaps in a later week', draft({ date: '2026-10-12', from: '09:00', to: '09:30', until: '2026-10-19' }), { code: 'overlaps', title: 'Optics' }],
    ['what repeats for ever', draft({ until: '2199-01-01' }), { code: 'too-many' }],
  ])('%s', (_what, typed, problem) => {
    expect(withDraft([optics], typed, ids)).toEqual(problem);
  });
});

it('removes one, and proposes the next full hour for a new one', () => {
  expect(without([optics], 'optics')).toEqual([]);
  expect(newDraft(Date.parse(local('2026-10-19', '09:20')))).toMatchObject({ id: null, date: '2026-10-19', from: '10:00', to: '10:45' });
});
