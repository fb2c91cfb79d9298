/** `node edge-relay/main.ts --config FILE` */
import { parseArgs } from 'node:util';
import { loadConfig } from '#kit/process/config.ts';
import { runService } from '#kit/process/run-service.ts';
import { EdgeConfig } from './config/config.ts';
import { runEdge } from './service.ts';

await runService('edge', async (signal, log) => {
  const { values } = parseArgs({ options: { config: { type: 'string', default: 'edge.json' } } });
  await runEdge(loadConfig(EdgeConfig, values.config), signal, log);
});
