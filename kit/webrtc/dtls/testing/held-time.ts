import { createRequire } from 'node:module';

export interface HeldTime {
  /** Waits that are not over. */
  readonly waiting: number;
  /** Every wait that has begun is over. */
  pass(): void;
  /** Waits take their time again. */
  release(): void;
}

/** Time stands still for werift, which waits by `timers/promises` before it repeats a flight and for messages that are missing. */
export function holdTime(): HeldTime {
  const timers = createRequire(import.meta.url)('node:timers/promises') as { setTimeout: unknown };
  const original = timers.setTimeout;
  let waits: (() => void)[] = [];
  timers.setTimeout = () => new Promise<void>((resolve) => void waits.push(resolve));
  return {
    get waiting() {
      return waits.length;
    },
    pass: () => {
      const over = waits;
      waits = [];
      for (const resolve of over) resolve();
    },
    release: () => void (timers.setTimeout = original),
  };
}
