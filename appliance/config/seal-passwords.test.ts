import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog } from '#kit/process/log.ts';
import { expect, it } from 'vitest';
import { Logins } from '../cameras/onvif/logins.ts';
import { Seal } from '../store/seal.ts';
import type { ApplianceConfig } from './appliance-config.ts';
import { sealPasswords } from './seal-passwords.ts';

const log = createLog('test');
log.level = 'silent';

it('seals plain passwords in the file, once, and the box can use them', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passwords-'));
  try {
    const file = path.join(folder, 'box.json');
    const seal = new Seal(path.join(folder, 'seal.key'));
    const onvif = { url: 'http://192.0.2.1', username: 'admin', password: 'plain text' };
    const cameras = [{ id: 'a', name: 'A', visca: { transport: 'tcp' as const, address: 'h:1' } }, { id: 'b', name: 'B', onvif }];
    writeFileSync(file, `// the room\n${JSON.stringify({ cameras }, null, 2)}\n`);
    sealPasswords(file, { cameras } as unknown as ApplianceConfig, seal, log);

    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^\/\/ the room\n/);
    expect(text).not.toContain('plain text');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const read = JSON.parse(text.replace('// the room', '')) as ApplianceConfig;
    const kept = new Map<string, unknown>();
    const logins = new Logins(seal, { get: (name) => (kept.get(name) ?? null) as never, set: (name, value) => void kept.set(name, value) });
    expect(logins.of('b', read.cameras[1]?.onvif ?? onvif)).toEqual({ username: 'admin', password: 'plain text' });

    sealPasswords(file, read, seal, log);
    expect(readFileSync(file, 'utf8')).toBe(text);
    logins.set('b', { username: 'admin', password: 'another' });
    expect(logins.of('b', onvif)?.password).toBe('another');
    expect(JSON.stringify([...kept])).not.toContain('another');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
