import { parseArgs } from 'node:util';
import { loadConfig } from '#kit/process/config.ts';
import { CodedError } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { startCampus } from './campus.ts';
import { CampusConfig } from './config.ts';

await runService('campus', async (signal, log) => {
  const { config } = parseArgs({ options: { config: { type: 'string' } } }).values;
  if (!config) throw new CodedError('bad_config', 'Say which configuration to use: node provisioning/campus/main.ts --config FILE');
  const campus = await startCampus(loadConfig(CampusConfig, config), log);
  await campus.run(signal);
});
