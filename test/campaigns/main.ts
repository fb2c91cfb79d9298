/** `npm run faults -- box | cycles | soak | edge | edge-soak | players | power-cut | devices | webcams [--count N] [--seed S]`: long campaigns against the running product. Exits with 1 when a promise was broken. */
import { parseArgs } from 'node:util';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { devices, webcams } from '../guest/devices.ts';
import { powerCuts } from '../guest/power-cut.ts';
import { boxFaults } from './box.ts';
import type { Campaign } from './campaign.ts';
import { cycles } from './cycles.ts';
import { edgeSoak } from './edge/edge-soak.ts';
import { edgeFaults } from './edge/edge.ts';
import { players } from './players.ts';
import { soak } from './soak.ts';

const campaigns: Readonly<Record<string, Campaign>> = { box: boxFaults, cycles, soak, edge: edgeFaults, 'edge-soak': edgeSoak, players, 'power-cut': powerCuts, devices, webcams };
const options = { count: { type: 'string', default: '30' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } as const;

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const campaign = campaigns[positionals[0] ?? ''];
  const [count, seed] = [Number(values.count), Number(values.seed)];
  if (campaign === undefined) throw new CodedError('usage', `npm run faults -- ${Object.keys(campaigns).join(' | ')} [--count N] [--seed S]`);
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) throw new CodedError('usage', '--count must be a whole number from 1, --seed a whole number.');
  console.log(`seed ${seed}`);
  const failures = await campaign({ count, seed, say: (words) => console.log(words) });
  for (const failure of failures) console.log(`BROKEN: ${failure}`);
  console.log(`${failures.length} promises broken`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof CodedError ? error.message : error instanceof Error ? error.stack : reasonOf(error));
  process.exitCode = 1;
}
