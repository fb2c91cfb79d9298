import { CodedError } from '#kit/process/errors.ts';
import type { Asker, Leave } from './asker.ts';

/** More players than one node serves: beyond it, waiting is refused rather than memory used. */
const MAX_WAITING = 20_000;

export interface Question<T> {
  /** Null while there is no answer; may throw. */
  readonly check: () => T | null;
  readonly withinMs: number;
  /** What is said to whoever waited in vain. */
  readonly late: () => CodedError;
}

interface Waiter<T> {
  readonly deadlineMs: number;
  readonly asker: Asker<T>;
}

/** All who wait for one and the same thing. */
interface Crowd<T> {
  readonly question: Question<T>;
  /** In the order of their deadlines, which is the order they came in. */
  readonly waiters: Set<Waiter<T>>;
  timer: NodeJS.Timeout | null;
}

const NOBODY_WAITS: Leave = () => undefined;

/** Lets any number of requests wait for the next change of one thing. Thousands wait for the same: it is looked at once a change, not once for each. */
export class Changes<T> {
  readonly #crowds = new Map<string, Crowd<T>>();
  #waiting = 0;

  notify(): void {
    for (const [key, crowd] of this.#crowds) {
      const tell = outcomeOf(crowd.question);
      if (tell !== null) for (const { asker } of this.#dissolve(key, crowd)) tell(asker);
    }
  }

  /**
   * First answer that is not null, looked for now and after each change. Whoever gives the same `key` waits with the first who gave it, for
   * the answer to that one's question. @throws whatever `check` throws now; CodedError `busy`
   */
  ask(key: string, question: Question<T>, asker: Asker<T>): Leave {
    const now = question.check();
    if (now === null) return this.#wait(key, question, asker);
    asker.answer(now);
    return NOBODY_WAITS;
  }

  #wait(key: string, question: Question<T>, asker: Asker<T>): Leave {
    if (this.#waiting >= MAX_WAITING) throw new CodedError('busy', 'Too many players wait here. Try again in a second.', { status: 503 });
    const crowd = this.#crowds.get(key) ?? this.#gather(key, question);
    const waiter = { deadlineMs: performance.now() + question.withinMs, asker };
    this.#waiting += 1;
    crowd.waiters.add(waiter);
    if (crowd.timer === null) this.#wake(key, crowd, question.withinMs);
    return () => {
      if (!crowd.waiters.delete(waiter)) return;
      this.#waiting -= 1;
      if (crowd.waiters.size === 0) this.#dissolve(key, crowd);
    };
  }

  #gather(key: string, question: Question<T>): Crowd<T> {
    const crowd: Crowd<T> = { question, waiters: new Set(), timer: null };
    this.#crowds.set(key, crowd);
    return crowd;
  }

  #dissolve(key: string, crowd: Crowd<T>): readonly Waiter<T>[] {
    clearTimeout(crowd.timer ?? undefined);
    this.#crowds.delete(key);
    const waiters = [...crowd.waiters];
    crowd.waiters.clear();
    this.#waiting -= waiters.length;
    return waiters;
  }

  /** One timer for all: it sends away whose time is up and waits for the next. */
  #wake(key: string, crowd: Crowd<T>, inMs: number): void {
    crowd.timer = setTimeout(() => {
      const nowMs = performance.now();
      const late = [...crowd.waiters].filter(({ deadlineMs }) => deadlineMs <= nowMs);
      for (const waiter of late) crowd.waiters.delete(waiter);
      this.#waiting -= late.length;
      const [next] = crowd.waiters;
      if (next === undefined) this.#crowds.delete(key);
      else this.#wake(key, crowd, next.deadlineMs - nowMs);
      for (const { asker } of late) asker.refuse(crowd.question.late());
    }, Math.ceil(inMs));
  }
}

/** Null while there is nothing to tell. */
function outcomeOf<T>({ check }: Question<T>): ((asker: Asker<T>) => void) | null {
  try {
    const answer = check();
    return answer === null ? null : (asker) => asker.answer(answer);
  } catch (error) {
    return (asker) => asker.refuse(error);
  }
}
