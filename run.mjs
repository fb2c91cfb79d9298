#!/usr/bin/env node
// The one way in: `npm start`, `npm test` and the rest come through here on whatever Node (18 or newer) the machine has. It brings
// what is missing (Debian packages, pinned dependencies, the built pages, the native pump) and goes on in the pinned Node.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPump } from './edge-relay/pump/build.mjs';
import { installDependencies } from './test/setup/dependencies.mjs';
import { raiseKernelLimits } from './test/setup/kernel.mjs';
import { buildPages } from './test/setup/pages.mjs';
import { installPackages } from './test/setup/packages.mjs';

const root = dirname(fileURLToPath(import.meta.url));

const commands = {
  start: { main: 'test/demo/main.ts', needs: 'product' },
  test: { main: 'test/checks/main.ts', needs: 'checks' },
  doctor: { main: 'appliance/doctor/main.ts', needs: 'product' },
  bench: { main: 'test/bench/main.ts', needs: 'checks' },
  faults: { main: 'test/campaigns/main.ts', needs: 'campaigns' },
  fuzz: { main: 'test/fuzz/main.ts', needs: 'product' },
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.error(`Usage: npm run ${Object.keys(commands).join(' | ')}`);
  process.exit(64);
}
try {
  installPackages(command.needs);
  installDependencies(root);
  buildPages(root);
  buildPump();
  raiseKernelLimits(root);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.exitCode = await runPinned(join(root, command.main), args);

/** Runs one of our TypeScript files on the Node in node_modules; signals from the terminal reach it by the process group, others are passed on. */
function runPinned(file, fileArgs) {
  const node = join(root, 'node_modules/node/bin/node');
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    // Nine processes of ours read the same few hundred files: what one has compiled, the others load in half the time.
    NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'),
  };
  const child = spawn(node, [file, ...fileArgs], { stdio: 'inherit', cwd: root, env });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ? 128 : (code ?? 1)));
  });
}
