/** `npm run fuzz -- NAME | all [--count N] [--seed S]`: hostile input for one parser, a million times unless told. Exits with 1 when it broke, hung or kept memory. */
import { parseArgs } from 'node:util';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { fuzzApart } from './fuzz-apart.ts';
import { targets } from './targets.ts';

const options = { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } as const;

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  const chosen = targets.filter(({ name }) => positionals[0] === 'all' || positionals[0] === name);
  if (chosen.length === 0) throw new CodedError('usage', `npm run fuzz -- ${targets.map(({ name }) => name).join(' | ')} | all [--count N] [--seed S]`);
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) throw new CodedError('usage', '--count must be a whole number from 1, --seed a whole number.');
  let broken = 0;
  for (const { name } of chosen) {
    const { ok, words } = await fuzzApart(name, { count, seed });
    console.log(`${ok ? 'ok    ' : 'BROKEN'} ${name}: ${words}`);
    if (!ok) broken += 1;
  }
  process.exitCode = broken === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof CodedError ? error.message : error instanceof Error ? error.stack : reasonOf(error));
  process.exitCode = 64;
}
