import { parentPort } from 'node:worker_threads';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import { readCalendar, type CalendarReading, type ReadOptions } from './read-calendar.ts';

export interface CalendarTask {
  readonly text: string;
  readonly options: ReadOptions;
}
export type CalendarAnswer = { readonly reading: CalendarReading } | { readonly code: string; readonly message: string };

/** A thread of its own: a recurrence rule that never comes true can be looked for until the end of days. */
parentPort?.on('message', ({ text, options }: CalendarTask) => parentPort?.postMessage(answerOf(text, options)));

function answerOf(text: string, options: ReadOptions): CalendarAnswer {
  try {
    return { reading: readCalendar(text, options) };
  } catch (thrown) {
    return { code: codeOf(thrown) || 'bad_calendar', message: reasonOf(thrown) };
  }
}
