/** `npm test`: every check there is; `npm test -- unit lint` runs some by name. The last line is `N passed, N failed`. */
import { runStatic, runVitest, type Outcome } from './run-check.ts';
import { sum } from './tally.ts';

const PARTS = ['appliance', 'control-panel', 'edge-relay', 'cloud-sync', 'provisioning', 'kit', 'test'];
const svelteCheck = (folder: string) => ['svelte-check', '--tsconfig', `${folder}/tsconfig.json`, '--fail-on-warnings'] as const;

type Runner = () => Promise<Outcome>;
const statics: Record<string, Runner> = {
  types: () => runStatic({ name: 'types', command: ['tsc', '--project', '.'] }),
  'panel-types': () => runStatic({ name: 'panel-types', command: [...svelteCheck('control-panel')] }),
  'watch-types': () => runStatic({ name: 'watch-types', command: [...svelteCheck('edge-relay/web')] }),
  'console-types': () => runStatic({ name: 'console-types', command: [...svelteCheck('provisioning/console')] }),
  lint: () => runStatic({ name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] }),
  boundaries: () => runStatic({ name: 'boundaries', command: ['depcruise', '--config', '.dependency-cruiser.cjs', ...PARTS, 'run.mjs'] }),
  'dead-code': () => runStatic({ name: 'dead-code', command: ['knip'] }),
};
const unit: Record<string, Runner> = { unit: () => runVitest('unit', ['--project', 'unit']) };
// What times real media runs after the rest, with both cores to itself.
const media: Record<string, Runner> = {
  integration: () => runVitest('integration', ['--project', 'integration']),
  e2e: () => runVitest('e2e', ['--project', 'e2e']),
};

const chosen = process.argv.slice(2);
const outcomes: Outcome[] = [];
await Promise.all([runLane(statics), runLane(unit)]);
await runLane(media);
const total = sum(outcomes);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function runLane(lane: Record<string, Runner>): Promise<void> {
  for (const [name, run] of Object.entries(lane)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    const outcome = await run();
    outcomes.push(outcome);
    report(outcome);
  }
}

function report({ name, seconds, passed, failed, output }: Outcome): void {
  console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(14)} ${passed} passed, ${failed} failed in ${seconds.toFixed(1)} s`);
  if (failed > 0) console.log(output.trimEnd());
}
