import { describe, expect, it } from 'vitest';
import { readCalendar, type ReadOptions } from './read-calendar.ts';

const calendar = (...lines: string[]): string => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]): string[] => ['BEGIN:VEVENT', ...(lines.some((line) => line.startsWith('UID')) ? [] : ['UID:one']), 'SUMMARY:Optics', ...lines, 'END:VEVENT'];
const span = (from: string, to: string): ReadOptions => ({ fromMs: Date.parse(from), toMs: Date.parse(to), roomZone: 'Europe/Berlin', location: '' });
const starts = (text: string, options: ReadOptions): string[] => readCalendar(text, options).classes.map(({ startsAtMs }) => new Date(startsAtMs).toISOString().slice(0, 16));
const AUTUMN = span('2026-10-19T00:00Z', '2026-11-09T00:00Z');

describe('a weekly class keeps its hour on the wall when the clocks change', () => {
  it.each([
    // Berlin sets its clocks back on 25 October 2026, New York on 1 November; Shanghai never does.
    ['Europe/Berlin', ['2026-10-19T07:00', '2026-10-26T08:00', '2026-11-02T08:00']],
    ['America/New_York', ['2026-10-19T13:00', '2026-10-26T13:00', '2026-11-02T14:00']],
    ['Asia/Shanghai', ['2026-10-19T01:00', '2026-10-26T01:00', '2026-11-02T01:00']],
    ['/citadel.org/20210210_1/Europe/Berlin', ['2026-10-19T07:00', '2026-10-26T08:00', '2026-11-02T08:00']],
  ])('%s', (zone, expected) => {
    const text = calendar(...event(`DTSTART;TZID=${zone}:20260907T090000`, `DTEND;TZID=${zone}:20260907T095000`, 'RRULE:FREQ=WEEKLY;BYDAY=MO'));
    expect(starts(text, AUTUMN)).toEqual(expected);
  });

  it.each([
    // Spring: 29 March 2026 in Berlin, 8 March in New York.
    ['Europe/Berlin', '2026-03-23T00:00Z', ['2026-03-24T08:30', '2026-03-31T07:30']],
    ['America/New_York', '2026-03-03T00:00Z', ['2026-03-03T14:30', '2026-03-10T13:30']],
  ])('%s in spring', (zone, from, expected) => {
    const text = calendar(...event(`DTSTART;TZID=${zone}:20260106T093000`, 'DURATION:PT50M', `DTEND;TZID=${zone}:20260106T102000`, 'RRULE:FREQ=WEEKLY'));
    expect(starts(text, span(from, new Date(Date.parse(from) + 14 * 86_400_000).toISOString()))).toEqual(expected);
  });

  it('reads an hour that never was with the old offset, and of an hour that was twice the first', () => {
    const at = (local: string): string[] => starts(calendar(...event(`DTSTART;TZID=Europe/Berlin:${local}`, 'DURATION:PT30M')), span('2026-01-01T00:00Z', '2026-12-31T00:00Z'));
    expect(at('20260329T023000')).toEqual(['2026-03-29T01:30']);
    expect(at('20261025T023000')).toEqual(['2026-10-25T00:30']);
  });
});

describe('names of zones', () => {
  const own = [
    'BEGIN:VTIMEZONE', 'TZID:W. Europe Standard Time',
    'BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10', 'END:STANDARD',
    'BEGIN:DAYLIGHT', 'DTSTART:16010101T020000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3', 'END:DAYLIGHT',
    'END:VTIMEZONE',
  ];
  it.each([
    ['explained by the calendar itself', own, ';TZID=W. Europe Standard Time', '2026-10-19T07:00'],
    ['in UTC', [], ':Z', '2026-10-19T09:00'],
    ['the room’s where none is named', [], '', '2026-10-19T07:00'],
    ['the room’s where nobody knows it', [], ';TZID=Mars/Olympus', '2026-10-19T07:00'],
  ])('%s', (_what, zone, named, expected) => {
    const at = (time: string): string => (named === ':Z' ? `:${time}Z` : `${named}:${time}`);
    const text = calendar(...zone, ...event(`DTSTART${at('20261019T090000')}`, `DTEND${at('20261019T095000')}`));
    expect(starts(text, AUTUMN)).toEqual([expected]);
  });
});

describe('repetitions', () => {
  const first = ['DTSTART;TZID=Europe/Berlin:20261019T090000', 'DTEND;TZID=Europe/Berlin:20261019T100000'];
  it.each([
    ['weekly, two days', ['RRULE:FREQ=WEEKLY;BYDAY=MO,WE'], ['19T07:00', '21T07:00', '26T08:00', '28T08:00', '02T08:00', '04T08:00']],
    ['every other week', ['RRULE:FREQ=WEEKLY;INTERVAL=2'], ['19T07:00', '02T08:00']],
    ['three times', ['RRULE:FREQ=WEEKLY;COUNT=2'], ['19T07:00', '26T08:00']],
    ['until an instant that is the last class itself', ['RRULE:FREQ=WEEKLY;UNTIL=20261026T080000Z'], ['19T07:00', '26T08:00']],
    ['until a day, which counts as a whole', ['RRULE:FREQ=WEEKLY;UNTIL=20261026'], ['19T07:00', '26T08:00']],
    ['until just before', ['RRULE:FREQ=WEEKLY;UNTIL=20261026T075959Z'], ['19T07:00']],
    ['with more dates', ['RDATE;TZID=Europe/Berlin:20261020T140000,20261022T140000'], ['19T07:00', '20T12:00', '22T12:00']],
    ['with a period of its own', ['RDATE;VALUE=PERIOD:20261020T120000Z/PT2H'], ['19T07:00', '20T12:00']],
    ['but for one', ['RRULE:FREQ=WEEKLY', 'EXDATE;TZID=Europe/Berlin:20261026T090000'], ['19T07:00', '02T08:00']],
    ['but for one, told in UTC', ['RRULE:FREQ=WEEKLY', 'EXDATE:20261026T080000Z'], ['19T07:00', '02T08:00']],
    ['but for a day', ['RRULE:FREQ=WEEKLY', 'EXDATE;VALUE=DATE:20261026'], ['19T07:00', '02T08:00']],
    ['on the last Friday of the month', ['RRULE:FREQ=MONTHLY;BYDAY=-1FR'], ['19T07:00', '30T08:00']],
    ['too often to be a class', ['RRULE:FREQ=SECONDLY'], ['19T07:00']],
  ])('%s', (_what, rules, expected) => {
    const found = starts(calendar(...event(...first, ...rules)), AUTUMN).map((start) => start.slice(8));
    expect(found).toEqual(expected);
  });

  const weekly = event(...first, 'RRULE:FREQ=WEEKLY');
  const changed = (...lines: string[]): string => calendar(...weekly, ...event('RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000', ...lines));
  it.each([
    ['moved', ['DTSTART;TZID=Europe/Berlin:20261027T110000', 'DTEND;TZID=Europe/Berlin:20261027T120000'], ['19T07:00', '27T10:00', '02T08:00']],
    ['moved out of sight', ['DTSTART;TZID=Europe/Berlin:20271027T110000', 'DTEND;TZID=Europe/Berlin:20271027T120000'], ['19T07:00', '02T08:00']],
    ['cancelled', ['DTSTART;TZID=Europe/Berlin:20261026T090000', 'DTEND;TZID=Europe/Berlin:20261026T100000', 'STATUS:CANCELLED'], ['19T07:00', '02T08:00']],
  ])('one instance %s', (_what, lines, expected) => {
    expect(starts(changed(...lines), AUTUMN).map((start) => start.slice(8))).toEqual(expected);
  });

  it('moves this and all that follow', () => {
    const text = calendar(...weekly, ...event('RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261026T090000', 'DTSTART;TZID=Europe/Berlin:20261026T103000', 'DTEND;TZID=Europe/Berlin:20261026T113000'));
    expect(starts(text, AUTUMN).map((start) => start.slice(8))).toEqual(['19T07:00', '26T09:30', '02T09:30']);
  });

  const told = (id: string, sequence: number, hour: string, ...lines: string[]): string[] =>
    event(`${id};TZID=Europe/Berlin:20261026T090000`, `SEQUENCE:${sequence}`, `DTSTART;TZID=Europe/Berlin:20261026T${hour}0000`, 'DURATION:PT1H', ...lines);
  it.each([
    ['cancelled after it was moved', [told('RECURRENCE-ID', 1, '11'), told('RECURRENCE-ID', 2, '11', 'STATUS:CANCELLED')], ['19T07:00', '02T08:00']],
    ['cancelled, told the other way round', [told('RECURRENCE-ID', 2, '11', 'STATUS:CANCELLED'), told('RECURRENCE-ID', 1, '11')], ['19T07:00', '02T08:00']],
    ['moved twice', [told('RECURRENCE-ID', 2, '13'), told('RECURRENCE-ID', 1, '11')], ['19T07:00', '26T12:00', '02T08:00']],
    ['moved twice with all that follow', [told('RECURRENCE-ID;RANGE=THISANDFUTURE', 1, '11'), told('RECURRENCE-ID;RANGE=THISANDFUTURE', 2, '13')], ['19T07:00', '26T12:00', '02T12:00']],
    ['moved with all that follow, then cancelled alone', [told('RECURRENCE-ID;RANGE=THISANDFUTURE', 1, '11'), told('RECURRENCE-ID', 2, '11', 'STATUS:CANCELLED')], ['19T07:00', '02T10:00']],
  ])('the newest word on one instance counts: %s', (_what, changes, expected) => {
    expect(starts(calendar(...weekly, ...changes.flat()), AUTUMN).map((start) => start.slice(8))).toEqual(expected);
  });

  it('keeps the id of a class that is moved, and gives each instance its own', () => {
    const ids = (text: string): string[] => readCalendar(text, AUTUMN).classes.map(({ id }) => id);
    const plain = ids(calendar(...weekly));
    const moved = ids(changed('DTSTART;TZID=Europe/Berlin:20261027T110000', 'DTEND;TZID=Europe/Berlin:20261027T120000'));
    expect(new Set(plain).size).toBe(3);
    expect(moved).toEqual(plain);
  });
});

describe('what is a class', () => {
  it.each([
    ['not a whole day', ['DTSTART;VALUE=DATE:20261020'], 0],
    ['not one that was cancelled', ['DTSTART:20261020T090000Z', 'DTEND:20261020T100000Z', 'STATUS:CANCELLED'], 0],
    ['not an instant', ['DTSTART:20261020T090000Z'], 0],
    ['not a week', ['DTSTART:20261020T090000Z', 'DTEND:20261027T090000Z'], 0],
    ['not what ends before it starts', ['DTSTART:20261020T090000Z', 'DTEND:20261020T080000Z'], 0],
    ['an hour', ['DTSTART:20261020T090000Z', 'DURATION:PT1H'], 1],
  ])('%s', (_what, lines, count) => {
    expect(readCalendar(calendar(...event(...lines)), AUTUMN).classes).toHaveLength(count);
  });

  it('is told with title, teacher and place', () => {
    const text = calendar(...event('DTSTART:20261020T090000Z', 'DURATION:PT1H', 'ORGANIZER;CN=Dr. Ellen Ward:mailto:e@x.example', 'LOCATION:Building 2\\, Room 301'));
    expect(readCalendar(text, { ...AUTUMN, location: 'room 301' }).classes).toMatchObject([{ title: 'Optics', teacher: 'Dr. Ellen Ward' }]);
    expect(readCalendar(text, { ...AUTUMN, location: 'Room 302' }).classes).toEqual([]);
  });

  it('is the newest word on it', () => {
    const said = (sequence: number, hour: string): string[] => event(`SEQUENCE:${sequence}`, `DTSTART:20261020T${hour}0000Z`, 'DURATION:PT1H');
    expect(starts(calendar(...said(2, '11'), ...said(1, '09')), AUTUMN)).toEqual(['2026-10-20T11:00']);
  });

  it('is read from a file that begins with a byte order mark, as Windows writes it', () => {
    const text = calendar(...event('DTSTART:20261020T090000Z', 'DURATION:PT1H'));
    expect(starts(`\uFEFF${text}`, AUTUMN)).toEqual(['2026-10-20T09:00']);
  });

  it('survives a neighbour that makes no sense', () => {
    const text = calendar(...event('UID:bad', 'DTSTART;TZID=Europe/Berlin:99999999T999999', 'RRULE:FREQ=YEARLY;BYDAY=9MO'), ...event('DTSTART:20261020T090000Z', 'DURATION:PT1H'));
    expect(starts(text, AUTUMN)).toEqual(['2026-10-20T09:00']);
  });
});

it.each([['', 'bad_calendar'], ['<!doctype html><title>Sign in</title>', 'bad_calendar'], ['BEGIN:VCARD\r\nEND:VCARD', 'bad_calendar'], ['BEGIN:VCALENDAR\r\nBEGIN:VEVENT', 'bad_calendar'], ['\u0000'.repeat(100), 'bad_calendar']])(
  'says of %j that it is %s',
  (text, code) => {
    expect(() => readCalendar(text, AUTUMN)).toThrow(expect.objectContaining({ code }));
  },
);
