import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { checker } from '#kit/process/check.ts';
import { loadConfig } from '#kit/process/config.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { ToUploader, UploaderConfig, type FromUploader } from '../contract/uploader.ts';
import { openUploaderDatabase } from './database.ts';
import { RecordingsFolder } from './folder.ts';
import { createMemory } from './memory.ts';
import { Retention } from './retention.ts';
import { StatusChannel } from './status-channel.ts';
import { Uploader } from './uploader.ts';

const checkMessage = checker(ToUploader, 'bad_message');

await runService('uploader', async (signal, log) => {
  const { config: file } = parseArgs({ options: { config: { type: 'string' } } }).values;
  if (!file) throw new CodedError('bad_config', 'Say which configuration to use: node cloud-sync/uploader/main.ts --config FILE');
  const config = loadConfig(UploaderConfig, file);
  const db = openUploaderDatabase(config.databaseFile, { folder: dirname(file), log });
  const channel = new StatusChannel((status: FromUploader) => process.send?.(status));
  const folder = new RecordingsFolder(config.recordingsDir);
  const memory = createMemory(db);
  const retention = new Retention({ recordingsDir: config.recordingsDir, folder, memory, log });
  const uploader = new Uploader({ config, memory, folder, log, onStatus: (status) => channel.offer(status) });
  process.on('message', (message) => {
    try {
      const checked = checkMessage(message);
      if (checked.type === 'credentials') uploader.setCredentials(checked);
      else if (checked.type === 'make-room') void retention.makeRoom(checked.bytes).then(() => uploader.changed());
      else if (checked.type === 'give-way') uploader.giveWay(checked.bytesPerSecond);
      else uploader.changed();
    } catch (error) {
      log.warn(`a message was not understood: ${reasonOf(error)}`);
    }
  });
  await Promise.all([uploader.run(signal), channel.run(signal)]);
  db.close();
});
