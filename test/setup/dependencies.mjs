// `npm ci`, when the lock file says that it is due.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} root the repository @throws Error with npm's last words */
export function installDependencies(root) {
  const stamp = join(root, 'node_modules/.lectern-installed');
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing dependencies (npm ci); the first time takes a minute or two.');
  // Only the pinned Node has a script that is needed: the native modules bring their binaries, and building them wants Node's headers.
  npm(root, ['ci', '--ignore-scripts']);
  npm(root, ['rebuild', 'node']);
  if (!existsSync(join(root, 'node_modules/node/bin/node'))) {
    throw new Error("npm ci left out the pinned Node: allow the install script of the package 'node' (npm approve-scripts node) and run again.");
  }
  writeFileSync(stamp, wanted);
}

function npm(root, args) {
  const { status, stdout, stderr } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} failed:\n${`${stdout}\n${stderr}`.trim().slice(-3000)}`);
}
