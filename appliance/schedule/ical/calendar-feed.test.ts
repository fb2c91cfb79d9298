import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { CalendarFeed, type KeptCalendar } from './calendar-feed.ts';
import { readCalendarSafely } from './calendar-reader.ts';

const log = createLog('test');
log.level = 'silent';
/** A file that is not there: the server that is never reached. */
const source = '/nowhere/room.ics';
const DAY_MS = 86_400_000;
const monday = Date.parse('2026-10-19T06:00:00Z');
const text = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', 'DTSTART:20261012T090000Z', 'DURATION:PT45M', 'RRULE:FREQ=WEEKLY', 'SUMMARY:Optics', 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
const kept: KeptCalendar = { source, validators: { etag: '', lastModified: '' }, text, fetchedAtMs: monday };

vi.mock(import('./calendar-reader.ts'), async (original) => ({ readCalendarSafely: vi.fn((await original()).readCalendarSafely) }));

let nowMs = monday;
let stop = new AbortController();
function feed(): { one: CalendarFeed; starts: () => string[]; end: () => Promise<void> } {
  stop = new AbortController();
  const one = new CalendarFeed({ source, roomZone: 'UTC', location: '', cache: { load: () => kept, save: () => undefined }, clock: { nowMs: () => nowMs }, log });
  const running = one.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { one, starts: () => one.classes.map(({ startsAtMs }) => new Date(startsAtMs).toISOString().slice(0, 10)), end };
}

it('spreads the kept calendar out anew while its source stays away', async () => {
  nowMs = monday;
  const { one, starts, end } = feed();
  await expect.poll(starts, { timeout: 20_000 }).toEqual(['2026-10-19', '2026-10-26', '2026-11-02']);
  await end();
  nowMs = monday + 21 * DAY_MS;
  expect(await one.refresh(new AbortController().signal)).toBe(false);
  expect(starts()).toEqual(['2026-11-09', '2026-11-16', '2026-11-23']);
  expect(one.problem).not.toBe('');
});

it('has its classes seconds after a clock that woke up in 1970 was put right', async () => {
  nowMs = 60_000;
  const { one, starts, end } = feed();
  await expect.poll(() => one.problem, { timeout: 20_000 }).not.toBe('');
  expect(starts()).toEqual([]);
  nowMs = monday;
  await expect.poll(starts, { timeout: 5_000 }).toEqual(['2026-10-19', '2026-10-26', '2026-11-02']);
  await end();
});

it('keeps a calendar that a busy machine could not read at the start', async () => {
  nowMs = monday;
  vi.mocked(readCalendarSafely).mockRejectedValueOnce(new Error('it takes too long'));
  const { one, starts, end } = feed();
  await expect.poll(starts, { timeout: 20_000 }).toHaveLength(3);
  expect(one.fetchedAtMs).toBe(monday);
  await end();
});

it('writes a calendar down when it says something else, not when it was only stamped anew, and again where the disk refused it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-'));
  const file = join(folder, 'room.ics');
  const saved: string[] = [];
  let refuses = false;
  const save = (kept: KeptCalendar): void => {
    if (refuses) throw new Error('database or disk is full');
    saved.push(kept.text);
  };
  const stamped = (summary: string, stamp: string): string => text.replace('UID:a', `UID:a\r\nDTSTAMP:${stamp}`).replace('Optics', summary);
  const serve = async (calendar: string): Promise<number> => {
    writeFileSync(file, calendar);
    await one.refresh(new AbortController().signal);
    return saved.length;
  };
  nowMs = monday;
  const one = new CalendarFeed({ source: file, roomZone: 'UTC', location: '', cache: { load: () => null, save }, clock: { nowMs: () => nowMs }, log });
  expect(await serve(stamped('Optics', '20261019T060000Z'))).toBe(1);
  expect(await serve(stamped('Optics', '20261019T060500Z '))).toBe(1);
  expect(await serve(stamped('Waves', '20261019T061000Z'))).toBe(2);
  refuses = true;
  await serve(stamped('Heat', '20261019T061500Z'));
  expect([one.problem, one.classes[0]?.title]).toEqual([expect.stringContaining('could not be kept'), 'Heat']);
  refuses = false;
  await one.refresh(new AbortController().signal);
  expect([saved.length, saved.at(-1)?.includes('Heat'), one.problem]).toEqual([3, true, '']);
  rmSync(folder, { recursive: true });
});
