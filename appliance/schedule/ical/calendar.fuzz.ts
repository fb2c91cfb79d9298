import { Worker } from 'node:worker_threads';
import { CodedError } from '#kit/process/errors.ts';
import type { FuzzTarget } from '#kit/testing/fuzz.ts';
import { below, oneOf, type Random } from '#kit/testing/random.ts';
import type { CalendarAnswer } from './calendar-main.ts';
import type { ReadOptions } from './read-calendar.ts';

/** What takes longer is ended, as the box would end it, and counts as refused. */
const LONGEST_MS = 1_000;
const options: ReadOptions = { fromMs: Date.UTC(2026, 9, 19), toMs: Date.UTC(2026, 10, 9), roomZone: 'Europe/Berlin', location: '' };
const CALENDAR = [
  'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//fuzz//',
  'BEGIN:VTIMEZONE', 'TZID:W. Europe Standard Time', 'BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10', 'END:STANDARD', 'END:VTIMEZONE',
  'BEGIN:VEVENT', 'UID:a', 'DTSTART;TZID=Europe/Berlin:20260907T090000', 'DTEND;TZID=Europe/Berlin:20260907T095000', 'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T000000Z', 'EXDATE;TZID=Europe/Berlin:20261026T090000', 'SUMMARY:Optics', 'ORGANIZER;CN=Ward:mailto:w@x.example', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:a', 'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261028T090000', 'DTSTART;TZID=Europe/Berlin:20261028T110000', 'DURATION:PT1H', 'SEQUENCE:2', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:b', 'DTSTART;TZID=W. Europe Standard Time:20261019T120000', 'DURATION:PT90M', 'RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=5', 'RDATE;VALUE=PERIOD:20261020T120000Z/PT2H', 'END:VEVENT',
  'BEGIN:VEVENT', 'UID:c', 'DTSTART;VALUE=DATE:20261020', 'STATUS:CANCELLED', 'RRULE:FREQ=YEARLY;BYMONTH=10;BYYEARDAY=-73;INTERVAL=1', 'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');
const SPLICES = ['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=SECONDLY', 'INTERVAL=0', 'COUNT=-1', 'COUNT=99999999', 'BYSETPOS=400', 'BYDAY=99XX', '99999999T999999Z', '00000000', 'P99999W', '-PT1H', 'TZID=/////', 'BEGIN:VEVENT', 'END:VCALENDAR', '\u0000', '￿', ';;;==,,', 'X'.repeat(5_000), 'UNTIL=', 'DTSTART:', '+99:99'] as const;

/** A line left out, doubled, cut, spliced or with other numbers: bytes alone seldom come to a recurrence rule. */
function hurt(seed: Buffer, random: Random): Buffer {
  const lines = seed.toString('utf8').split('\r\n');
  for (let times = 1 + below(4, random); times > 0; times -= 1) {
    const at = below(lines.length, random);
    const line = lines[at] ?? '';
    const cut = below(line.length + 1, random);
    const splice = oneOf(SPLICES, random);
    const ways = [
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, lines[below(lines.length, random)] ?? ''),
      () => (lines[at] = line.slice(0, cut)),
      () => (lines[at] = line.slice(0, cut) + splice + line.slice(cut)),
      () => (lines[at] = splice),
      () => (lines[at] = line.slice(0, cut) + String.fromCharCode(below(256, random)) + line.slice(cut + 1)),
      () => (lines[at] = line.replaceAll(/\d/g, () => String(below(10, random)))),
    ] as const;
    oneOf<() => unknown>(ways, random)();
  }
  return Buffer.from(lines.join(random() < 0.125 ? '\n' : '\r\n'));
}

/** The thread that the box reads calendars in; one that has answered once, so that its start is not counted against what it is asked. */
class CalendarReader {
  #worker: Worker | null = null;

  async read(text: string): Promise<void> {
    const worker = (this.#worker ??= await this.#started());
    const answer = await answered(worker, text, LONGEST_MS);
    if (answer === null) {
      await this.close();
      throw new CodedError('calendar_too_heavy', 'ended');
    }
    if ('code' in answer) throw new CodedError(answer.code, answer.message);
    const { fromMs, toMs } = options;
    const wrong = answer.reading.classes.find(({ startsAtMs, endsAtMs }) => endsAtMs <= startsAtMs || endsAtMs <= fromMs || startsAtMs >= toMs);
    if (wrong) throw new Error(`a class that cannot be: ${JSON.stringify(wrong)}`);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #started(): Promise<Worker> {
    const worker = new Worker(new URL('./calendar-main.ts', import.meta.url));
    await answered(worker, CALENDAR, 60_000);
    return worker;
  }
}

async function answered(worker: Worker, text: string, longestMs: number): Promise<CalendarAnswer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<CalendarAnswer | null>();
  const timer = setTimeout(() => resolve(null), longestMs);
  worker.once('message', resolve).once('error', reject);
  worker.postMessage({ text, options });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', reject);
  }
}

const reader = new CalendarReader();

export const calendarTarget: FuzzTarget = {
  name: 'calendar',
  seeds: () => [Buffer.from(CALENDAR)],
  hurt,
  feed: (input) => reader.read(input.toString('utf8')),
  close: () => reader.close(),
  // Each may take a second of a thread.
  shortCount: 150,
};
