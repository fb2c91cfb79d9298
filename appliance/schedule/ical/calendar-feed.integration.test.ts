import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { CalendarFeed, type KeptCalendar } from './calendar-feed.ts';
import { readCalendarSafely } from './calendar-reader.ts';

const log = createLog('test');
log.level = 'silent';
const folder = mkdtempSync(join(tmpdir(), 'calendar-'));
const nowMs = Date.parse('2026-10-19T06:00:00Z');
const signal = new AbortController().signal;
const calendar = (summary: string, rule = 'FREQ=DAILY'): string =>
  ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', 'DTSTART:20261019T090000Z', 'DURATION:PT45M', `RRULE:${rule}`, `SUMMARY:${summary}`, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');

let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let kept: KeptCalendar | null = null;
let url = '';
const server = createServer((request, response) => answer(request, response));

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://reader:pass%20word@127.0.0.1:${(server.address() as { port: number }).port}/room.ics`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  kept = null;
});

function feed(source = url): CalendarFeed {
  const cache = { load: () => kept, save: (value: KeptCalendar) => (kept = value) };
  return new CalendarFeed({ source, roomZone: 'UTC', location: '', cache, clock: { nowMs: () => nowMs }, log });
}
const serve = (text: string): void => {
  answer = (request, response) => {
    if (request.headers['if-none-match'] === `"${text.length}"`) return void response.writeHead(304).end();
    response.setHeader('etag', `"${text.length}"`).end(text);
  };
};

it('reads a calendar, asks again only for what changed, and keeps it over a restart without network', async () => {
  serve(calendar('Optics'));
  const asked: (string | undefined)[] = [];
  server.on('request', ({ headers }) => asked.push(headers.authorization, headers['if-none-match']));
  const first = feed();
  expect(await first.refresh(signal)).toBe(true);
  expect(first.classes[0]).toMatchObject({ title: 'Optics', startsAtMs: Date.parse('2026-10-19T09:00:00Z') });
  const before = first.classes;
  expect(await first.refresh(signal)).toBe(true);
  expect(first.classes).toBe(before);
  expect(asked).toEqual([`Basic ${btoa('reader:pass word')}`, undefined, `Basic ${btoa('reader:pass word')}`, expect.stringMatching(/^"\d+"$/)]);

  answer = (_request, response) => void response.destroy();
  const stop = new AbortController();
  const after = feed();
  const running = after.run(stop.signal);
  await expect.poll(() => after.problem, { timeout: 20_000 }).toContain('cannot be reached');
  expect(after.classes).toEqual(before);
  stop.abort();
  await running;
});

it.each([
  ['a page to sign in', '<html>Sign in</html>', 'iCalendar'],
  ['a flood', 'x'.repeat(3 * 1024 * 1024), '2 MB'],
])('keeps the last good timetable when it is answered with %s', async (_what, text, problem) => {
  serve(calendar('Optics'));
  const one = feed();
  await one.refresh(signal);
  serve(text);
  expect(await one.refresh(signal)).toBe(false);
  expect(one.problem).toContain(problem);
  expect(one.problem).not.toContain('127.0.0.1');
  expect(one.classes).not.toEqual([]);
  serve(calendar('Waves'));
  await one.refresh(signal);
  expect([one.problem, one.classes[0]?.title]).toEqual(['', 'Waves']);
});

it('takes a password in any language', async () => {
  let said: string | undefined;
  answer = ({ headers }, response) => {
    said = headers.authorization;
    response.end(calendar('Optics'));
  };
  expect(await feed(url.replace('pass%20word', encodeURIComponent('密码:ü'))).refresh(signal)).toBe(true);
  expect(said).toBe(`Basic ${Buffer.from('reader:密码:ü').toString('base64')}`);
});

it('says what a refusal means', async () => {
  answer = (_request, response) => void response.writeHead(404).end();
  const one = feed();
  expect(await one.refresh(signal)).toBe(false);
  expect(one.problem).toContain('no longer shared');
});

it('reads a file, and again once it was changed', async () => {
  const file = join(folder, 'room.ics');
  writeFileSync(file, calendar('Optics'));
  const one = feed(file);
  await one.refresh(signal);
  writeFileSync(file, calendar('Mechanics'));
  await one.refresh(signal);
  expect(one.classes[0]?.title).toBe('Mechanics');
});

it('ends the search for a day that never comes', async () => {
  const never = calendar('Never', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30');
  const reading = readCalendarSafely(never, { fromMs: nowMs, toMs: nowMs + 86_400_000, roomZone: 'UTC', location: '' }, 2_000);
  await expect(reading).rejects.toMatchObject({ code: 'calendar_too_heavy' });
});
