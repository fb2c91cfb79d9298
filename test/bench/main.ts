/** `npm run bench -- NAME [--json] [--runs N] [--viewers N] [--target URL]`: one JSON line a case on standard output; for people, words on standard error. */
import { parseArgs } from 'node:util';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Bench } from './bench.ts';
import { box } from './box.ts';
import { camera } from './camera.ts';
import { fanout } from './fanout.ts';
import { flv } from './flv.ts';
import { framing } from './framing.ts';
import { glassToGlass } from './glass-to-glass.ts';
import { hls } from './hls.ts';
import { join } from './join.ts';
import { lineOf, sentenceOf } from './report.ts';
import { startLatency } from './start-latency.ts';
import { sync } from './sync.ts';

const benches: Readonly<Record<string, Bench>> = { 'start-latency': startLatency, join, 'glass-to-glass': glassToGlass, fanout, hls, flv, box, sync, camera, framing };
const options = { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '5' }, viewers: { type: 'string' }, target: { type: 'string' } } as const;

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [name = ''] = positionals;
  const bench = benches[name];
  const runs = Number(values.runs);
  const viewers = values.viewers === undefined ? null : Number(values.viewers);
  if (bench === undefined) throw new CodedError('usage', `npm run bench -- ${Object.keys(benches).join(' | ')} [--json] [--runs N] [--viewers N] [--target URL]`);
  if (!Number.isInteger(runs) || runs < 1) throw new CodedError('usage', `--runs must be a whole number from 1, not '${values.runs}'.`);
  if (viewers !== null && (!Number.isInteger(viewers) || viewers < 1)) throw new CodedError('usage', `--viewers must be a whole number from 1, not '${values.viewers}'.`);
  const say = (words: string): void => void (values.json || console.error(words));
  for await (const measured of bench({ runs, viewers, target: values.target ?? null, say })) {
    console.log(lineOf(name, measured, new Date()));
    say(sentenceOf(name, measured));
  }
} catch (error) {
  console.error(error instanceof CodedError ? error.message : error instanceof Error ? error.stack : reasonOf(error));
  process.exitCode = 1;
}
