// The three Svelte applications, built when a source of theirs is newer than what was built.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const APPLICATIONS = ['control-panel', 'edge-relay/web', 'provisioning/console'];
/** What every application is made of beside its own folder. */
const SHARED = ['kit/ui', 'package-lock.json'];

/** @param {string} root the repository @throws Error with Vite's last words */
export function buildPages(root) {
  const sharedAt = newest(SHARED.map((path) => join(root, path)));
  for (const application of APPLICATIONS) {
    const folder = join(root, application);
    const built = join(folder, 'dist/index.html');
    if (existsSync(built) && statSync(built).mtimeMs >= Math.max(sharedAt, newest([folder]))) continue;
    console.error(`Building ${application}`);
    build(root, folder);
  }
}

function build(root, folder) {
  const node = join(root, 'node_modules/node/bin/node');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const { status, stdout, stderr } = spawnSync(node, [vite, 'build', '--logLevel', 'warn', '--emptyOutDir'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Building ${folder} failed:\n${`${stdout}\n${stderr}`.trim().slice(-3000)}`);
}

/** The latest change below these paths, ms since 1970; what a build wrote does not count. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const stat = statSync(path);
    if (!stat.isDirectory()) latest = Math.max(latest, stat.mtimeMs);
    else latest = Math.max(latest, newest(readdirSync(path).filter((name) => name !== 'dist').map((name) => join(path, name))));
  }
  return latest;
}
