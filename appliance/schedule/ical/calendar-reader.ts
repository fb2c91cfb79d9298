import { Worker } from 'node:worker_threads';
import { CodedError } from '#kit/process/errors.ts';
import type { CalendarAnswer, CalendarTask } from './calendar-main.ts';
import type { CalendarReading, ReadOptions } from './read-calendar.ts';

/** A school's calendar takes a fraction of a second; this also covers a busy machine. */
const LONGEST_MS = 10_000;
const MEMORY_MB = 192;

/**
 * {@link readCalendar} in a thread that is ended when it takes too long or too much.
 * @throws CodedError `bad_calendar`, `calendar_too_large` or `calendar_too_heavy`
 */
export async function readCalendarSafely(text: string, options: ReadOptions, longestMs = LONGEST_MS): Promise<CalendarReading> {
  const worker = new Worker(new URL('./calendar-main.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
  try {
    const answer = await answerOf(worker, { text, options }, longestMs);
    if ('reading' in answer) return answer.reading;
    throw new CodedError(answer.code, answer.message);
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker, task: CalendarTask, longestMs: number): Promise<CalendarAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooHeavy()), longestMs);
    const fail = (cause?: unknown): void => reject(tooHeavy(cause));
    worker.once('message', (answer: CalendarAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    worker.once('error', fail).once('exit', () => {
      clearTimeout(timer);
      fail();
    });
    worker.postMessage(task);
  });
}

function tooHeavy(cause?: unknown): CodedError {
  return new CodedError('calendar_too_heavy', 'The calendar takes too long to read: one of its repetitions never comes true. Have it corrected.', { cause });
}
