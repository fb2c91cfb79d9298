import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Seal } from './seal.ts';

let folder: string;
const file = (): string => path.join(folder, 'box', 'seal.key');

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('opens what this box sealed, after a restart too, and makes a key for its owner alone', () => {
  const sealed = new Seal(file()).seal('Bücher "<&>', 'camera:a');
  expect(sealed).toMatch(/^v1(\.[\w-]+){3}$/);
  expect(new Seal(file()).open(sealed, 'camera:a')).toBe('Bücher "<&>');
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(new Seal(file()).seal('Bücher "<&>', 'camera:a')).not.toBe(sealed);
});

it.each([
  ['for another camera', (sealed: string) => sealed, 'camera:b'],
  ['changed', (sealed: string) => `${sealed.slice(0, -2)}${sealed.endsWith('A') ? 'BB' : 'AA'}`, 'camera:a'],
  ['cut', (sealed: string) => sealed.slice(0, 20), 'camera:a'],
  ['of a later version', (sealed: string) => sealed.replace('v1', 'v2'), 'camera:a'],
  ['nothing', () => '', 'camera:a'],
])('does not open what is %s', (_what, change, context) => {
  const seal = new Seal(file());
  const sealed = seal.seal('secret, and long enough', 'camera:a');
  expect(() => seal.open(change(sealed), context)).toThrow(expect.objectContaining({ code: 'seal_broken' }));
});

it('does not open what another box sealed, nor use a key that is none', () => {
  const sealed = new Seal(path.join(folder, 'other.key')).seal('secret', 'camera:a');
  expect(() => new Seal(file()).open(sealed, 'camera:a')).toThrow(expect.objectContaining({ code: 'seal_broken' }));
  writeFileSync(path.join(folder, 'short.key'), 'short');
  expect(() => new Seal(path.join(folder, 'short.key')).seal('secret', 'camera:a')).toThrow(expect.objectContaining({ code: 'seal_broken' }));
});
