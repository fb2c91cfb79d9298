import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Logins } from '../cameras/onvif/logins.ts';
import { SmallDisk } from '../recorder/testing/small-disk.ts';
import { boxSeal, type Seal } from '../store/seal.ts';
import type { ApplianceConfig } from './appliance-config.ts';
import { sealPasswords } from './seal-passwords.ts';

const PASSWORD = 'hunter2 und Bücher';
const onvif = { url: 'http://192.0.2.1', username: 'admin', password: PASSWORD };
const config = { cameras: [{ id: 'b', name: 'B', onvif }] } as unknown as ApplianceConfig;
let folder: string;
let disk: SmallDisk;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'passwords-run-'));
  disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'passwords-disk-')), 1);
  said = [];
});
afterEach(() => {
  disk.remove();
  rmSync(folder, { recursive: true, force: true });
});

const log = pino({ level: 'trace' }, { write: (line) => void said.push(line) });
const levels = (): number[] => said.map((line) => (JSON.parse(line) as { level: number }).level);
const dataDir = (): string => join(disk.dir, 'data');
const inFile = (file: string): ApplianceConfig => JSON.parse(readFileSync(file, 'utf8')) as ApplianceConfig;

function configIn(dir: string): string {
  const file = join(dir, 'box.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function passwordOf({ cameras }: ApplianceConfig, seal: Seal): string | undefined {
  const camera = cameras[0]?.onvif;
  return camera && new Logins(seal, { get: () => null, set: () => undefined }).of('b', camera)?.password;
}

/** It starts with the password as it stands, says so loudly and without the password, and the next start seals it. */
function expectLater(file: string, repair: () => void): void {
  sealPasswords(file, config, boxSeal(dataDir()), log);
  expect(passwordOf(config, boxSeal(dataDir()))).toBe(PASSWORD);
  expect(readFileSync(file, 'utf8')).toBe(JSON.stringify(config));
  expect(levels()).toEqual([50]);
  repair();
  sealPasswords(file, inFile(file), boxSeal(dataDir()), log);
  expect(readFileSync(file, 'utf8')).not.toContain(PASSWORD);
  expect(passwordOf(inFile(file), boxSeal(dataDir()))).toBe(PASSWORD);
  expect(levels()).toEqual([50, 30]);
  expect(said.join('\n')).not.toContain(PASSWORD);
}

it('starts on a full disk on which there is no key yet, and leaves no half one', () => {
  mkdirSync(dataDir());
  const file = configIn(folder);
  disk.fill();
  expectLater(file, () => disk.makeRoom());
});

it('starts on a full disk that takes no new configuration', () => {
  boxSeal(dataDir()).seal('another', 'makes the key');
  const file = configIn(disk.dir);
  disk.fill();
  expectLater(file, () => disk.makeRoom());
});

it('starts on a read-only disk', () => {
  const file = configIn(disk.dir);
  disk.setReadOnly(true);
  expectLater(file, () => disk.setReadOnly(false));
});

it('starts with a key that cannot be read', () => {
  const file = configIn(folder);
  const key = join(dataDir(), 'seal.key');
  mkdirSync(key, { recursive: true });
  expectLater(file, () => rmSync(key, { recursive: true }));
});

it('starts with a key that is none', () => {
  const file = configIn(folder);
  const key = join(dataDir(), 'seal.key');
  mkdirSync(dataDir());
  writeFileSync(key, 'short');
  expectLater(file, () => rmSync(key));
  expect(existsSync(`${key}.new`)).toBe(false);
});

it('hides no defect', () => {
  const broken = { seal: () => { throw new TypeError('a defect'); } };
  expect(() => sealPasswords(configIn(folder), config, broken, log)).toThrow('a defect');
});
