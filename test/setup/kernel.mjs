// The kernel's settings of a box, for as long as this machine runs. Where they may not be set the product runs all the same; its doctor says so.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} root the repository */
export function raiseKernelLimits(root) {
  const conf = readFileSync(join(root, 'appliance/doctor/60-lectern.conf'), 'utf8');
  for (const [, name, value] of conf.matchAll(/^([\w.]+)\s*=\s*(\d+)$/gm)) raise(name, Number(value));
}

function raise(name, value) {
  const file = `/proc/sys/${name.replaceAll('.', '/')}`;
  try {
    if (Number(readFileSync(file, 'utf8')) >= value) return;
    writeFileSync(file, String(value));
    console.error(`Raised ${name} to ${value} until this machine's next start: pictures cross between processes in one piece.`);
  } catch (error) {
    // No such setting here, or not for us to change.
    if (!['ENOENT', 'EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}
