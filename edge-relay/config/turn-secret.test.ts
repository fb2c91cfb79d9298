import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import { TurnSecret } from './turn-secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'turn-secret-'));
const file = join(folder, 'secret');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (thrown) {
    return thrown;
  }
}

it('is read without the end of its line, and again when asked', () => {
  writeFileSync(file, 'north\n');
  const secret = new TurnSecret(file);
  expect([secret.value, secret.reload()]).toEqual(['north', false]);
  writeFileSync(file, 'south');
  expect([secret.reload(), secret.value]).toEqual([true, 'south']);
});

it('keeps the old one where the new is no good, and does not say what stands there', () => {
  writeFileSync(file, 'north');
  const secret = new TurnSecret(file);
  for (const torn of ['', ' \n', 'two words']) {
    writeFileSync(file, torn);
    const thrown = thrownBy(() => secret.reload());
    expect([codeOf(thrown), reasonOf(thrown).includes('words'), secret.value]).toEqual(['bad_turn_secret', false, 'north']);
  }
  rmSync(file);
  expect(codeOf(thrownBy(() => new TurnSecret(file)))).toBe('bad_turn_secret');
});
