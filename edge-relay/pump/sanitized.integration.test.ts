import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'pump-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(spawnSync('gcc', ['--version']).status !== 0)('the core does nothing that the address and undefined-behaviour sanitizers object to', async () => {
  const program = join(folder, 'check');
  await run(process.execPath, [fileURLToPath(new URL('build.mjs', import.meta.url)), 'check', program]);
  const { stdout } = await run(program);
  expect(stdout).toBe('ok\n');
}, 180_000);
