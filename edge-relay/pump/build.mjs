// Compiles the pump (`native/`) for the pinned Node where a C compiler is at hand, when its sources have changed. By hand:
// `node edge-relay/pump/build.mjs check FILE` makes the program that runs its core under sanitizers.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CORE = ['frame.c', 'seal.c', 'queue.c', 'session.c', 'group.c', 'sender.c', 'pump.c'];
const FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-O2', '-pthread'];
const SANITIZED = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const SLOWER = 'viewers are served by TypeScript instead, which is slower.';
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = join(root, 'edge-relay/pump/native');

/** Says on standard error what it does. Where it can't be built, the edge goes without the addon and uses the twin in TypeScript. */
export function buildPump() {
  const folder = join(root, 'edge-relay/pump/build');
  const [built, stamp] = [join(folder, 'pump.node'), join(folder, 'made-of')];
  const wanted = fingerprint();
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (compiler() === null) {
    console.error(`No C compiler (gcc) here: ${SLOWER}`);
    return;
  }
  console.error('Building edge-relay/pump');
  try {
    mkdirSync(folder, { recursive: true });
    // Under another name first: a process may be running the old one.
    const fresh = join(folder, `pump-${process.pid}.node`);
    compile(fresh, ['-fPIC', '-shared', '-fvisibility=hidden'], [...CORE, 'addon.c'], []);
    renameSync(fresh, built);
    writeFileSync(stamp, wanted);
  } catch (error) {
    rmSync(built, { force: true });
    console.error(`${error.message}\nThe native pump can't be built here: ${SLOWER}`);
  }
}

/** @throws Error with the compiler's last words */
function compile(output, flags, files, libraries) {
  const command = compiler();
  if (command === null) throw new Error('No C compiler (gcc) here.');
  const paths = files.map((file) => (file.startsWith('/') ? file : join(sources, file)));
  const { status, stderr } = spawnSync(command, [...FLAGS, ...flags, '-I', headers(), '-I', sources, '-o', output, ...paths, ...libraries], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Building ${output} failed:\n${(stderr ?? '').trim().slice(-3000)}`);
}

function compiler() {
  return ['gcc', 'cc'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
}

/** Of the pinned Node, OpenSSL's among them; which package brings them depends on the processor. */
function headers() {
  const places = [join(root, 'node_modules/node/node_modules'), join(root, 'node_modules')];
  for (const place of places.filter((path) => existsSync(path))) {
    const found = readdirSync(place).map((name) => join(place, name, 'include/node')).find((path) => existsSync(join(path, 'node_api.h')));
    if (found !== undefined) return found;
  }
  throw new Error('The headers of the pinned Node are missing: remove node_modules and run again.');
}

function fingerprint() {
  const hash = createHash('sha256').update(`${FLAGS.join(' ')} ${process.arch} ${readFileSync(join(root, 'package-lock.json'))}`);
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest('hex');
}

const [, script, program, output, ...files] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  if (program === 'check') compile(output, SANITIZED, [...CORE, 'check-main.c'], ['-l:libcrypto.so.3']);
  else if (program === 'program') compile(output, [], [...CORE, ...files], ['-l:libcrypto.so.3']);
  else buildPump();
}
