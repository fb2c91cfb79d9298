import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import Type from 'typebox';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LateFile } from './late-file.ts';

const Room = Type.Object({ room: Type.String() });
let folder: string;
let said: { level: number; msg: string }[];
let file: LateFile<typeof Room>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'late-file-'));
  said = [];
  const log = pino({}, { write: (line) => void said.push(JSON.parse(line) as { level: number; msg: string }) });
  file = new LateFile(folder, 'room.json', Room, log);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kept = (): string => join(folder, 'room.json');
const content = (): unknown => JSON.parse(readFileSync(kept(), 'utf8'));
/** To root nothing is forbidden: what stands for a disk that refuses is a folder in the place of the file that is written first. */
const refuse = (): void => mkdirSync(`${kept()}.new`);
const allow = (): void => rmdirSync(`${kept()}.new`);

it('writes at once where the disk takes it, and again only what is new', async () => {
  await file.write({ room: '301' });
  expect(content()).toEqual({ room: '301' });
  rmSync(kept());
  await file.catchUp();
  expect(existsSync(kept())).toBe(false);
  expect(said).toEqual([]);
});

it('says of each change once that the disk refuses it, and writes the newest when it no longer does', async () => {
  await file.write({ room: '301' });
  refuse();
  await file.write({ room: '302' });
  for (let tries = 0; tries < 3; tries++) await file.catchUp();
  await file.write({ room: '303' });
  expect(said.map(({ level }) => level)).toEqual([50, 50]);
  expect(content()).toEqual({ room: '301' });
  allow();
  await file.catchUp();
  expect(content()).toEqual({ room: '303' });
  expect(said.at(-1)).toMatchObject({ level: 30 });
});

it('does changes one after the other, and ends with the last', async () => {
  refuse();
  await file.write({ room: '301' });
  allow();
  await Promise.all([file.catchUp(), file.write({ room: '302' }), file.catchUp(), file.write({ room: '303' })]);
  expect(content()).toEqual({ room: '303' });
  await Promise.all([file.write({ room: '304' }), file.remove()]);
  expect(existsSync(kept())).toBe(false);
});

it('removes later what the disk keeps', async () => {
  mkdirSync(join(kept(), 'in the way'), { recursive: true });
  await file.remove();
  expect(said).toHaveLength(1);
  rmSync(join(kept(), 'in the way'), { recursive: true });
  rmdirSync(kept());
  await file.write({ room: '301' });
  await file.catchUp();
  expect(content()).toEqual({ room: '301' });
});
