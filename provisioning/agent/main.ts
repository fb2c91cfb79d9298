import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checker } from '#kit/process/check.ts';
import { loadConfig } from '#kit/process/config.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { AgentConfig, ToAgent } from '../contract/agent.ts';
import { Agent } from './agent.ts';

const checkMessage = checker(ToAgent, 'bad_message');

await runService('agent', async (signal, log) => {
  const { config: file } = parseArgs({ options: { config: { type: 'string' } } }).values;
  if (!file) throw new CodedError('bad_config', 'Say which configuration to use: node provisioning/agent/main.ts --config FILE');
  const config = loadConfig(AgentConfig, file);
  const agent = new Agent({ config, version: productVersion(), say: (message) => process.send?.(message), log });
  process.on('message', (message) => {
    try {
      agent.heard(checkMessage(message));
    } catch (error) {
      log.warn(`a message was not understood: ${reasonOf(error)}`);
    }
  });
  await agent.run(signal);
});

function productVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
  return version;
}
