import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { applyEdits, modify } from 'jsonc-parser';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { contextOf, type Sealer } from '../cameras/onvif/logins.ts';
import type { ApplianceConfig } from './appliance-config.ts';

/**
 * A password is written in plain text once: the box seals it in the file itself, comments and all kept, as soon as it has read it. Where
 * that can't be done the room has its class nevertheless: the configuration in memory has the password as it is, and the next start tries again.
 */
export function sealPasswords(file: string, config: ApplianceConfig, seal: Pick<Sealer, 'seal'>, log: Log): void {
  try {
    if (sealInFile(file, config, seal)) log.info({ file }, 'the passwords of cameras in the configuration were sealed to this box');
  } catch (error) {
    // The disk's errors and the key's have a code; what has none is a defect.
    if (codeOf(error) === '') throw error;
    log.error({ file }, `a camera's password stands in plain text in the configuration and cannot be sealed now (${reasonOf(error)}). It is used as it is, and the next start tries again. Have the disk checked; where the box may not change the file, type the password in the settings of the camera and take it out there.`);
  }
}

/** False where there was nothing to seal. @throws ENOSPC, EROFS and other errors of the file system, CodedError `seal_broken` */
function sealInFile(file: string, config: ApplianceConfig, seal: Pick<Sealer, 'seal'>): boolean {
  const before = readFileSync(file, 'utf8');
  const after = config.cameras.reduce((text, { id, onvif }, index) => {
    if (typeof onvif?.password !== 'string') return text;
    const sealed = { sealed: seal.seal(onvif.password, contextOf(id)) };
    return applyEdits(text, modify(text, ['cameras', index, 'onvif', 'password'], sealed, { formattingOptions: { insertSpaces: true, tabSize: 2 } }));
  }, before);
  if (after === before) return false;
  writeFileSync(`${file}.new`, after, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return true;
}
