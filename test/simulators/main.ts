/** The simulated classroom as a process: `node test/simulators/main.ts --config file.json`. */
import { parseArgs } from 'node:util';
import { loadConfig } from '#kit/process/config.ts';
import { CodedError } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { ClassroomOptions } from './options.ts';
import { runClassroom } from './run-classroom.ts';

await runService('simulators', async (signal, log) => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new CodedError('bad_config', 'Say where the configuration is: --config FILE.');
  const options = loadConfig(ClassroomOptions, values.config);
  await runClassroom(options, signal, { log, onReady: (addresses) => log.info({ addresses }, 'the classroom is open') });
});
