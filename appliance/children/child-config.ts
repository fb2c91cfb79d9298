import type { UploaderConfig } from '#cloud-sync/contract/uploader.ts';
import type { AgentConfig } from '#provisioning/contract/agent.ts';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ApplianceConfig } from '../config/appliance-config.ts';

export function uploaderConfig(config: ApplianceConfig): UploaderConfig {
  return {
    recordingsDir: config.recordingsDir,
    databaseFile: path.join(config.dataDir, 'uploader.sqlite'),
    limitBytesPerSecond: config.uploadLimitBytesPerSecond ?? 0,
  };
}

export function agentConfig(config: ApplianceConfig): AgentConfig {
  return {
    campusUrl: config.campus.url,
    identityDir: path.join(config.dataDir, 'identity'),
    serial: config.box.serial,
    model: config.box.model,
  };
}

/** Written whole or not at all; returns its path. */
export function writeChildConfig(runDir: string, name: string, content: object): string {
  mkdirSync(runDir, { recursive: true });
  const file = path.join(runDir, `${name}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(content, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}

/** The other parts' programs are started, never imported. */
export const UPLOADER_MAIN = path.join(import.meta.dirname, '../../cloud-sync/uploader/main.ts');
export const AGENT_MAIN = path.join(import.meta.dirname, '../../provisioning/agent/main.ts');
