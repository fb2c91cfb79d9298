import { CodedError } from '#kit/process/errors.ts';
import { listenOn } from '#kit/process/http.ts';
import { runService } from '#kit/process/run-service.ts';
import { parseArgs } from 'node:util';
import { createBox } from './box.ts';
import { loadApplianceConfig } from './config/load.ts';
import { sealPasswords } from './config/seal-passwords.ts';
import { boxSeal } from './store/seal.ts';

/** `node appliance/main.ts --config FILE`: the box in the classroom, from its sources to its panel. */
await runService('appliance', async (signal, log) => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new CodedError('bad_config', 'Say which configuration to use: --config FILE');
  const config = loadApplianceConfig(values.config);
  sealPasswords(values.config, config, boxSeal(config.dataDir), log);
  const box = await createBox(config, log);
  try {
    const port = await listenOn(box.http, { host: config.host, port: config.port });
    log.info({ port }, 'the panel is open');
    await box.run(signal);
  } finally {
    await box.close();
  }
});
