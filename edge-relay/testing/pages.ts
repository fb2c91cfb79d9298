/** The student's pages, built as they are shipped. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BuiltPages extends Disposable {
  readonly dist: string;
}

export function buildPages(): BuiltPages {
  const dist = mkdtempSync(join(tmpdir(), 'edge-pages-'));
  const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', dist, '--emptyOutDir'], { cwd: join(import.meta.dirname, '../web'), encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return { dist, [Symbol.dispose]: () => rmSync(dist, { recursive: true, force: true }) };
}
