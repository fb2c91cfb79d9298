import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { metaOf, RecordingMaker } from '../library/testing/recording-maker.ts';
import { RecordingsFolder } from './folder.ts';

const ID = uuidv7();
let dir: string;
let maker: RecordingMaker;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lectern-folder-'));
  maker = new RecordingMaker(dir, ID);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const release = (): void => maker.release(0, Buffer.alloc(10), [{ kind: 'init', offset: 0, bytes: 10, sha256: '', captureUs: 0, durationUs: 0 }]);

it('finds a recording, and none in a folder that was just made', async () => {
  const folder = new RecordingsFolder(dir);
  expect(await folder.recording(ID)).toBeNull();
  maker.describe(metaOf(ID, 'room'));
  release();
  expect(await folder.recording(ID)).toMatchObject({ meta: { id: ID }, parts: [{ bytes: 10, ended: true }] });
});

it.each([
  ['damaged', () => writeFileSync(join(maker.folder, 'recording.json'), '{"id":'), 'its description is damaged'],
  ['cut to nothing', () => writeFileSync(join(maker.folder, 'recording.json'), ''), 'its description is damaged'],
  ['that of another', () => maker.describe(metaOf(uuidv7(), 'room')), 'its description is damaged'],
  ['missing', () => undefined, 'its description is missing'],
])('passes over no bytes whose description is %s', async (_what, describe, reason) => {
  release();
  describe();
  await expect(new RecordingsFolder(dir).recording(ID)).rejects.toThrow(reason);
});
