import type { ChildProcess } from 'node:child_process';
import Type, { type Static } from 'typebox';
import { checker } from '#kit/process/check.ts';
import { quantile } from '../report.ts';
import { ended, HOST, OTHER_CPU, pinned, readLines } from './programs.ts';

const Told = Type.Object({ players: Type.Integer(), answers: Type.Integer(), bytes: Type.Integer(), errors: Type.Integer(), lost: Type.Integer() });
/** Thousands have come in by then, or never will. */
const ANSWER_WITHIN_MS = 60_000;

const asTold = checker(Told, 'bad_report');

export interface Watched extends Static<typeof Told> {
  readonly arrivals: number;
  /** From the part's existence to its last byte at the player. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
}

/** Segment and part, as in `1790000000.3`, to µs since 1970. */
export type BornAt = ReadonlyMap<string, number>;

/** Players in C (`players.c`), each with a token of its own. */
export class Players implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ready: Promise<string>;
  #lines: string[] = [];
  /** Rings at each line but arrivals, which come by the hundred thousand, and when there will be no more. */
  #ring: () => void = () => undefined;
  #over = false;

  constructor(program: string, { port, folder, tokens }: { readonly port: string; readonly folder: string; readonly tokens: readonly string[] }) {
    this.#child = pinned(OTHER_CPU, [program, HOST, port, String(tokens.length), folder]);
    this.#ready = readLines(this.#child, (line) => this.#hear(line));
    this.#child.on('exit', () => {
      this.#over = true;
      this.#ring();
    });
    this.#child.stdin?.write(`${tokens.join('\n')}\n`);
  }

  /** Resolves when so many more play. */
  async join(more: number): Promise<void> {
    await this.#ready;
    await this.#command(`more ${more}`, (line) => line.startsWith('joined'));
  }

  count(): void {
    this.#child.stdin?.write('count\n');
  }

  /** What came since `count`, of the parts whose beginning is known. */
  async tell(bornAt: BornAt): Promise<Watched> {
    const lines = await this.#command('tell', (line) => line.startsWith('{'));
    const told = asTold(JSON.parse(lines.at(-1) ?? ''));
    const delaysMs = lines.slice(0, -1).flatMap((line) => {
      const [msn = '', part = '', us = ''] = line.split(' ');
      const born = bornAt.get(`${msn}.${part}`);
      return born === undefined ? [] : [(Number(us) - born) / 1_000];
    });
    return { ...told, arrivals: delaysMs.length, p50Ms: quantile(delaysMs, 0.5), p99Ms: quantile(delaysMs, 0.99), slowestMs: quantile(delaysMs, 1) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ended(this.#child);
  }

  async #command(line: string, isLast: (line: string) => boolean): Promise<string[]> {
    this.#lines = [];
    this.#child.stdin?.write(`${line}\n`);
    const deadlineMs = performance.now() + ANSWER_WITHIN_MS;
    const late = setTimeout(() => this.#ring(), ANSWER_WITHIN_MS);
    while (!this.#lines.some(isLast)) {
      if (this.#over) throw new Error('the players ended before they were told to');
      if (performance.now() >= deadlineMs) throw new Error(`the players did not answer '${line}' within ${ANSWER_WITHIN_MS / 1_000} s`);
      await new Promise<void>((resolve) => (this.#ring = resolve));
    }
    clearTimeout(late);
    return this.#lines;
  }

  #hear(line: string): void {
    this.#lines.push(line);
    if (!/^\d/.test(line)) this.#ring();
  }
}
