import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checker } from '#kit/process/check.ts';
import { loadConfig } from '#kit/process/config.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { AgentConfig, ToAgent } from '../contract/agent.ts';
import { Agent } from './agent.ts';
import { Machine } from './machine.ts';

const checkMessage = checker(ToAgent, 'bad_message');

await runService('agent', async (signal, log) => {
  const { config: file } = parseArgs({ options: { config: { type: 'string' } } }).values;
  if (!file) throw new CodedError('bad_config', 'Say which configuration to use: node provisioning/agent/main.ts --config FILE');
  const config = loadConfig(AgentConfig, file);
  const machine = new Machine(config.recordingsDir, log);
  const agent = new Agent({ config, version: productVersion(), machine: () => machine.figures, say: (message) => process.send?.(message), log });
  process.on('message', (message) => {
    try {
      agent.heard(checkMessage(message));
    } catch (error) {
      log.warn(`a message was not understood: ${reasonOf(error)}`);
    }
  });
  const options = { signal, log, maxDelayMs: 60_000 };
  await Promise.all([agent.run(signal), supervise('machine', (stop) => machine.run(stop), options)]);
});

function productVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
  return version;
}
