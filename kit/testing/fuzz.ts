import { CodedError } from '../process/errors.ts';
import { below, randomFrom, type Random } from './random.ts';

/** One parser that faces a network, and what to throw at it. Lives beside the parser as `name.fuzz.ts`. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, to be bent. Small ones find more in the same time. */
  readonly seeds: () => readonly Buffer[] | Promise<readonly Buffer[]>;
  /** Hurts a seed in a way of the format's own; `bent` where it is not given. */
  readonly hurt?: (seed: Buffer, random: Random) => Buffer;
  /** Hands the input to the parser and looks at what comes out. May throw a CodedError, and nothing else; what it keeps between inputs is bounded. */
  readonly feed: (input: Buffer, random: Random) => unknown;
  readonly close?: () => Promise<void>;
  /** Inputs in `npm test`, where one costs more than a moment; 20,000 where it is not given. */
  readonly shortCount?: number;
}

export interface FuzzRun {
  readonly count: number;
  readonly seed: number;
  /** Told after every thousand inputs. */
  readonly progress?: (done: number) => void;
}

export interface FuzzTally {
  readonly taken: number;
  readonly refused: number;
  readonly slowestMs: number;
}

/** @throws Error with the input in hexadecimal when the parser threw anything but a CodedError */
export async function fuzz({ name, seeds, hurt = bent, feed, close }: FuzzTarget, { count, seed, progress }: FuzzRun): Promise<FuzzTally> {
  const random = randomFrom(seed);
  const valid = await seeds();
  let [refused, slowestMs] = [0, 0];
  try {
    for (let round = 0; round < count; round += 1) {
      const input = hurt(valid[below(valid.length, random)] ?? Buffer.alloc(0), random);
      const begun = performance.now();
      try {
        const fed = feed(input, random);
        if (fed instanceof Promise) await fed;
      } catch (error) {
        if (!(error instanceof CodedError)) throw new Error(`${name}, seed ${seed}, round ${round}: ${input.toString('hex', 0, 4_000)}`, { cause: error });
        refused += 1;
      }
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      if (round % 1_000 === 999) {
        progress?.(round + 1);
        // A parser that leaves work for later must not hide it until the end.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    await close?.();
  }
  return { taken: count - refused, refused, slowestMs };
}

/** Some bytes changed, cut out, put in or cut off; now and then nothing but noise. */
export function bent(seed: Buffer, random: Random): Buffer {
  if (random() < 0.1) return noise(below(200, random), random);
  const out = Buffer.from(seed);
  // Headers are where parsers decide: half of the inputs are hurt there only.
  const reach = random() < 0.5 ? Math.min(out.length, 64) : out.length;
  if (reach > 0) for (let changes = below(6, random); changes > 0; changes -= 1) out[below(reach, random)] = below(256, random);
  const at = below(out.length + 1, random);
  const way = random();
  if (way < 0.2) return out.subarray(0, at);
  if (way < 0.4) return Buffer.concat([out.subarray(0, at), out.subarray(at + below(50, random))]);
  return way < 0.6 ? Buffer.concat([out.subarray(0, at), noise(below(8, random), random), out.subarray(at)]) : out;
}

export function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => below(256, random)));
}

/** Cuts bytes where a network might: 1 to 4 pieces, for parsers that read a stream. */
export function pieces(bytes: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: below(4, random) }, () => below(bytes.length + 1, random)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}
