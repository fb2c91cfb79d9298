import { afterEach, expect, it, vi } from 'vitest';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { reasonIn } from './reason.ts';

vi.stubGlobal('document', { documentElement: {} });
afterEach(() => language.choose('en'));

const NOW = Date.parse('2026-11-20T08:00:00Z');
const missed = { code: 'class_missed', message: '“Waves” was planned and not held.', urgency: 30, plannedFor: '2026-11-19T08:00:00Z' };
const disk = { code: 'disk_low', message: 'The box’s disk has room for 1.0 h of recording.', urgency: 45 };

it('says on which day a class was missed', () => {
  expect(reasonIn(missed, NOW)).toMatch(/^“Waves” was planned and not held \(yesterday, \d\d:\d\d\)\.$/);
  language.choose('zh-CN');
  expect(reasonIn(missed, NOW)).toMatch(/^有一节课未上（昨天 \d\d:\d\d）。$/);
});

it('says everything else as it is known', () => {
  expect(reasonIn(disk, NOW)).toBe(disk.message);
  language.choose('zh-CN');
  expect(reasonIn(disk, NOW)).toBe('设备磁盘空间不足。');
});
