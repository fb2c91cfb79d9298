import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import type { CalendarAnswer } from './calendar-main.ts';
import type { ReadOptions } from './read-calendar.ts';

/** A short piece here; LECTERN_FUZZ_COUNT=20000 runs the long campaign. */
const COUNT = Number(process.env['LECTERN_FUZZ_COUNT'] ?? 150);
const SEED = Number(process.env['LECTERN_FUZZ_SEED'] ?? 5545);
/** What takes longer is ended, as the box would end it, and counts as refused. */
const LONGEST_MS = 1_000;

const options: ReadOptions = { fromMs: Date.UTC(2026, 9, 19), toMs: Date.UTC(2026, 10, 9), roomZone: 'Europe/Berlin', location: '' };
const SEED_CALENDAR = [
  'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//fuzz//',
  'BEGIN:VTIMEZONE', 'TZID:W. Europe Standard Time', 'BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10', 'END:STANDARD', 'END:VTIMEZONE',
  'BEGIN:VEVENT', 'UID:a', 'DTSTART;TZID=Europe/Berlin:20260907T090000', 'DTEND;TZID=Europe/Berlin:20260907T095000', 'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T000000Z', 'EXDATE;TZID=Europe/Berlin:20261026T090000', 'SUMMARY:Optics', 'ORGANIZER;CN=Ward:mailto:w@x.example', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:a', 'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261028T090000', 'DTSTART;TZID=Europe/Berlin:20261028T110000', 'DURATION:PT1H', 'SEQUENCE:2', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:b', 'DTSTART;TZID=W. Europe Standard Time:20261019T120000', 'DURATION:PT90M', 'RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=5', 'RDATE;VALUE=PERIOD:20261020T120000Z/PT2H', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:c', 'DTSTART;VALUE=DATE:20261020', 'STATUS:CANCELLED', 'RRULE:FREQ=YEARLY;BYMONTH=10;BYYEARDAY=-73;INTERVAL=1', 'END:VEVENT',
  'END:VCALENDAR',
];
const SPLICES = ['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=SECONDLY', 'INTERVAL=0', 'COUNT=-1', 'COUNT=99999999', 'BYSETPOS=400', 'BYDAY=99XX', '99999999T999999Z', '00000000', 'P99999W', '-PT1H', 'TZID=/////', 'BEGIN:VEVENT', 'END:VCALENDAR', '\u0000', '￿', ';;;==,,', 'X'.repeat(5_000), 'UNTIL=', 'DTSTART:', '+99:99'];

/** xorshift32: the same seed hurts the calendar in the same places. */
function chanceFrom(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function hurt(chance: (below: number) => number): string {
  const lines = [...SEED_CALENDAR];
  for (let times = 1 + chance(4); times > 0; times -= 1) {
    const at = chance(lines.length);
    const line = lines[at] ?? '';
    const cut = chance(line.length + 1);
    const splice = SPLICES[chance(SPLICES.length)] ?? '';
    const ways: (() => void)[] = [
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, lines[chance(lines.length)] ?? ''),
      () => (lines[at] = line.slice(0, cut)),
      () => (lines[at] = line.slice(0, cut) + splice + line.slice(cut)),
      () => (lines[at] = splice),
      () => (lines[at] = line.slice(0, cut) + String.fromCharCode(chance(256)) + line.slice(cut + 1)),
      () => (lines[at] = line.replaceAll(/\d/g, () => String(chance(10)))),
    ];
    ways[chance(ways.length)]?.();
  }
  return lines.join(chance(8) === 0 ? '\n' : '\r\n');
}

let worker: Worker | null = null;
afterAll(() => worker?.terminate());

/** A thread that has answered once: its start is not counted against what it is asked. */
async function ready(): Promise<Worker> {
  if (worker !== null) return worker;
  const started = new Worker(new URL('./calendar-main.ts', import.meta.url));
  await answered(started, SEED_CALENDAR.join('\r\n'), 60_000);
  worker = started;
  return started;
}

async function ask(text: string): Promise<CalendarAnswer> {
  const asked = await ready();
  const answer = await answered(asked, text, LONGEST_MS);
  if ('code' in answer && answer.code === 'calendar_too_heavy') {
    worker = null;
    await asked.terminate();
  }
  return answer;
}

async function answered(asked: Worker, text: string, longestMs: number): Promise<CalendarAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<CalendarAnswer>();
  const timer = setTimeout(() => resolve({ code: 'calendar_too_heavy', message: 'ended' }), longestMs);
  asked.once('message', resolve).once('error', reject);
  asked.postMessage({ text, options });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    asked.off('message', resolve).off('error', reject);
  }
}

const CODES = ['bad_calendar', 'calendar_too_large', 'calendar_too_heavy'];

it(`answers ${COUNT} hurt calendars with classes that make sense or a code, and never breaks`, async () => {
  const chance = chanceFrom(SEED);
  const tally: Record<string, number> = {};
  for (let round = 0; round < COUNT; round += 1) {
    const text = hurt(chance);
    const answer = await ask(text);
    const outcome = 'code' in answer ? answer.code : 'read';
    tally[outcome] = (tally[outcome] ?? 0) + 1;
    if ('code' in answer) expect(CODES, text).toContain(answer.code);
    else for (const { startsAtMs, endsAtMs } of answer.reading.classes) expect(endsAtMs > startsAtMs && endsAtMs > options.fromMs && startsAtMs < options.toMs, text).toBe(true);
  }
  if (COUNT > 1_000) console.log(JSON.stringify({ fuzz: 'calendar', count: COUNT, seed: SEED, ...tally }));
  expect(tally['read']).toBeGreaterThan(COUNT / 4);
}, Math.max(60_000, COUNT * 100));
