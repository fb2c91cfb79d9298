/** `npm start`: the whole product on this machine with a simulated room. `npm start -- --unclaimed` leaves the box for a person to claim. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import { DEFAULT_PORT_BASE } from '#kit/process/ports.ts';
import { runDemo, type DemoFile } from './demo.ts';

const repository = join(import.meta.dirname, '../..');
const options = {
  unclaimed: { type: 'boolean', default: false },
  /** Where this demo keeps everything; tests run theirs elsewhere. */
  dir: { type: 'string', default: join(repository, '.lectern') },
  cache: { type: 'string', default: join(repository, '.lectern/cache') },
  /** The WebRTC port that the edge tells others to use: a fault proxy's. */
  'edge-media-port': { type: 'string' },
} as const;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
const log = createLog('demo');

try {
  const { values } = parseArgs({ options });
  const loadTest = process.env['LECTERN_LOAD_TEST'] === '1';
  if (loadTest) log.warn('LECTERN_LOAD_TEST=1: per-address limits and the concurrent-session limit are lifted.');
  const adjust = { loadTest, ...(values['edge-media-port'] ? { edgeMediaPort: Number(values['edge-media-port']) } : {}) };
  await runDemo({ portBase: portBase(), dir: resolve(values.dir), cacheDir: resolve(values.cache), unclaimed: values.unclaimed, adjust }, stop.signal, log, announce);
} catch (error) {
  console.error(error instanceof CodedError ? error.message : reasonOf(error));
  process.exitCode = 1;
}
process.exit();

function portBase(): number {
  const given = process.env['LECTERN_PORT_BASE'];
  if (given === undefined) return DEFAULT_PORT_BASE;
  const base = Number(given);
  if (!Number.isInteger(base) || base < 1024 || base > 65_000) {
    throw new CodedError('bad_port_base', `LECTERN_PORT_BASE must be a whole number from 1024 to 65000, not '${given}'.`);
  }
  return base;
}

function announce({ panel, campus, students, dirs }: DemoFile): void {
  const rows = [
    ['Teacher’s panel', panel.url],
    ['PIN for other devices', panel.pin],
    ['Student with a ticket', students.paid.watchUrl],
    ['Student without', students.unpaid.watchUrl],
    ['Console', `${campus.url}  ${campus.admin.email}  ${campus.admin.password}`],
    ['Recordings', dirs.recordings],
    ['Logs', dirs.logs],
  ] as const;
  console.log(rows.map(([name, value]) => `  ${name.padEnd(22)} ${value}`).join('\n'));
  console.log('ready');
}
