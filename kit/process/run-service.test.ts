import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writePid } from './run-service.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pids-'));
  vi.stubEnv('LECTERN_PID_DIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('writePid', () => {
  const file = (): string => join(folder, 'capture.pid');

  it('leaves the file of whoever runs under that name by now', () => {
    const removeOld = writePid('capture', 11);
    const removeNew = writePid('capture', 12);
    removeOld();
    expect(readFileSync(file(), 'utf8')).toBe('12\n');
    removeNew();
    expect(() => readFileSync(file())).toThrow('ENOENT');
  });

  it('never stands in the way of a process: its folder may be full, read-only or gone', () => {
    // To root nothing is forbidden: what stands for a disk that refuses is a file in the folder's place, and a folder in the file's.
    const remove = writePid('capture', 11);
    rmSync(file());
    mkdirSync(join(file(), 'in the way'), { recursive: true });
    expect(remove).not.toThrow();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(() => writePid('capture', 12)()).not.toThrow();
  });
});
