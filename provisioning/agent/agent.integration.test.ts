import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import type { FromAgent } from '../contract/agent.ts';
import { TestBox } from '../campus/testing/box.ts';
import { CampusServer } from '../campus/testing/campus-server.ts';
import { Agent } from './agent.ts';

const ROOM = 'room-301';
let folder: string;
let campus: CampusServer;
let box: TestBox;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-agent-'));
  campus = new CampusServer(folder);
  await campus.start();
  box = new TestBox(folder, campus.url);
  mkdirSync(box.identityDir);
  // A disk of its own, which can be full or read-only without anybody else noticing.
  run('mount', '-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', box.identityDir);
});
afterEach(async () => {
  await box.kill();
  await campus.close();
  run('umount', '-l', box.identityDir);
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
}

const setReadOnly = (readOnly: boolean): void => run('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, box.identityDir);
const filler = (): string => join(box.identityDir, 'filler');

function fill(): void {
  expect(() => writeFileSync(filler(), Buffer.alloc(2 << 20))).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
}

async function until<T>(what: string, look: () => T | undefined | null | false): Promise<T> {
  for (const deadline = Date.now() + 25_000; ; ) {
    const found = look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen; the agent said ${JSON.stringify(box.heard)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function kept(name: 'identity' | 'room' | 'tokens'): Record<string, unknown> | null {
  const file = join(box.identityDir, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : null;
}

/** Starts a box and claims it for the room. */
async function claim(): Promise<{ admin: string; id: string }> {
  const admin = await campus.signIn();
  await campus.call('PUT', `/api/rooms/${ROOM}`, { token: admin, body: { name: 'Room 301' } });
  box.start();
  const claimCode = await until('the claim code', () => box.enrolment?.claimCode);
  const { json } = await campus.call('POST', '/api/claims', { token: admin, body: { claimCode, room: ROOM } });
  await until('room and tokens', () => box.last('config') && box.last('tokens'));
  return { admin, id: (json as { box: string }).box };
}

const secondNow = (): number => Math.floor(Date.now() / 1_000);

/** A box that was claimed and starts again on a disk that has become read-only. */
async function claimedThenReadOnly(): Promise<{ admin: string; id: string }> {
  const claimed = await claim();
  await until('the tokens on the disk', () => kept('tokens'));
  await box.kill();
  setReadOnly(true);
  // Tokens say when they end by the second: of the same second they are the same.
  const claimedAtSecond = secondNow();
  await until('another second', () => secondNow() > claimedAtSecond);
  box.start();
  return claimed;
}

describe('an agent whose disk refuses', { timeout: 90_000 }, () => {
  it('tells the box new tokens and a new room from a read-only disk, and writes them when it can', async () => {
    const { admin } = await claimedThenReadOnly();
    const old = kept('tokens')?.['upload'];
    const fresh = await until('new tokens', () => box.last('tokens')?.tokens.upload !== old && box.last('tokens'));
    await campus.call('PUT', `/api/rooms/${ROOM}`, { token: admin, body: { name: 'Aula' } });
    await until('the new name', () => box.last('config')?.config.roomName === 'Aula');
    expect(box.enrolment).toMatchObject({ phase: 'claimed', campusReachable: true });
    expect([kept('tokens')?.['upload'], kept('room')?.['roomName']]).toEqual([old, 'Room 301']);
    setReadOnly(false);
    await until('the newest on the disk', () => kept('tokens')?.['upload'] === fresh.tokens.upload && kept('room')?.['roomName'] === 'Aula');
  });

  it('asks to be claimed again after it was revoked, and lets go of the room when the disk lets it', async () => {
    const { admin, id } = await claimedThenReadOnly();
    await until('campus', () => box.enrolment?.campusReachable);
    await campus.call('DELETE', `/api/boxes/${id}`, { token: admin });
    await until('a claim code', () => box.enrolment?.phase === 'unclaimed' && box.enrolment.claimCode);
    expect(kept('identity')).toMatchObject({ kind: 'member' });
    setReadOnly(false);
    await until('what is so on the disk', () => kept('identity')?.['kind'] === 'waiting' && kept('room') === null && kept('tokens') === null);
  });

  it('comes into the fleet with a disk that is full from the start', async () => {
    fill();
    await claim();
    expect(kept('identity')).toBeNull();
    rmSync(filler());
    await until('all of it on the disk', () => kept('identity')?.['kind'] === 'member' && kept('room') && kept('tokens'));
  });

  it('takes no new identity while the one that is there can neither be read nor replaced', async () => {
    // To root nothing is forbidden: what stands for a bad disk is a folder in the file's place.
    mkdirSync(join(box.identityDir, 'identity.json', 'in the way'), { recursive: true });
    const heard: FromAgent[] = [];
    const log = createLog('test');
    log.level = 'silent';
    const config = { campusUrl: campus.url, identityDir: box.identityDir, serial: 'SN-1', model: 'test' };
    const agent = new Agent({ config, version: '1', say: (message) => heard.push(message), log });
    await expect(agent.run(AbortSignal.timeout(5_000))).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^E/) }));
    expect(heard).toEqual([]);
  });
});
