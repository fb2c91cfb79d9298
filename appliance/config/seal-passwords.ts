import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { applyEdits, modify } from 'jsonc-parser';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { contextOf, type Sealer } from '../cameras/onvif/logins.ts';
import type { ApplianceConfig } from './appliance-config.ts';

/** A password is written in plain text once: the box seals it in the file itself, comments and all kept, as soon as it has read it. */
export function sealPasswords(file: string, config: ApplianceConfig, seal: Pick<Sealer, 'seal'>, log: Log): void {
  const before = readFileSync(file, 'utf8');
  const after = config.cameras.reduce((text, { id, onvif }, index) => {
    if (typeof onvif?.password !== 'string') return text;
    const sealed = { sealed: seal.seal(onvif.password, contextOf(id)) };
    return applyEdits(text, modify(text, ['cameras', index, 'onvif', 'password'], sealed, { formattingOptions: { insertSpaces: true, tabSize: 2 } }));
  }, before);
  if (after === before) return;
  try {
    writeFileSync(`${file}.new`, after, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
    log.info({ file }, 'the passwords of cameras in the configuration were sealed to this box');
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) throw error;
    log.warn({ file }, `a camera's password stands in plain text in a file that the box may not change: ${reasonOf(error)}. Type it in the settings of the camera and take it out there.`);
  }
}
