import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAuthority, issue, newKeys } from '#kit/process/certificates.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { FromAgent } from '../contract/agent.ts';
import { Agent } from './agent.ts';
import { openEnrolment } from './campus-client.ts';
import { LateFile } from './late-file.ts';

vi.mock(import('#kit/process/supervisor.ts'), async (original) => {
  const all = await original();
  return { ...all, sleep: vi.fn(all.sleep) };
});

const TICKET = { id: 'e', claimCode: 'K7QF-2MXA', claimUrl: 'http://campus.test/claim', pollToken: 'p' };
let folder: string;
let stop: AbortController;
let said: FromAgent[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
  stop = new AbortController();
  said = [];
});
afterEach(() => {
  stop.abort();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs until it warns, which is where it waits for a better day. @returns the warning */
async function untilItWaits(): Promise<string> {
  const { promise: warned, resolve } = Promise.withResolvers<string>();
  const log = pino({ level: 'warn' }, { write: (line: string) => resolve((JSON.parse(line) as { msg: string }).msg) });
  const config = { campusUrl: 'http://campus.test', identityDir: folder, serial: 'SN-1', model: 'test' };
  const run = new Agent({ config, version: '1', say: (message) => said.push(message), log }).run(stop.signal);
  const warning = await Promise.race([warned, run.then(() => 'it never waited')]);
  stop.abort();
  await run;
  return warning;
}

const json = (status: number, body: object): Response => new Response(JSON.stringify(body), { status });
const enrolment = (): (FromAgent & { type: 'enrolment' }) | undefined => said.findLast((message): message is FromAgent & { type: 'enrolment' } => message.type === 'enrolment');

it('waits for its clock to be set where a certificate from campus has ended before it came', async () => {
  const authority = await createAuthority('CN=Test', Date.now());
  const { publicKey } = await newKeys();
  const { certificatePem } = await issue(authority, { publicKey, subject: 'CN=box', days: 30, uses: [] }, Date.now() - 60 * 86_400_000);
  const ask = vi.fn(async (_url: string, { method }: { method: string }) => {
    if (ask.mock.calls.length > 20) stop.abort();
    return method === 'POST' ? json(201, TICKET) : json(200, { state: 'claimed', box: 'b', certificate: certificatePem, authority: authority.certificatePem, boxUrl: 'https://campus.test' });
  });
  vi.stubGlobal('fetch', ask);
  expect(await untilItWaits()).toMatch(/clock/);
  expect(ask).toHaveBeenCalledTimes(2);
});

it('takes a breath before it opens an enrolment that has lapsed', async () => {
  const ask = vi.fn(async (_url: string, { method }: { method: string }) => {
    if (ask.mock.calls.length > 20) stop.abort();
    return method === 'POST' ? json(201, TICKET) : json(401, { error: { code: 'bad_poll_token', message: 'This is not the token.' } });
  });
  vi.stubGlobal('fetch', ask);
  const config = { campusUrl: 'http://campus.test', identityDir: folder, serial: 'SN-1', model: 'test' };
  const slept = new Promise<number>((resolve) => vi.mocked(sleep).mockImplementationOnce(async (ms) => (stop.abort(), resolve(ms))));
  const run = new Agent({ config, version: '1', say: () => undefined, log: pino({ level: 'silent' }) }).run(stop.signal);
  expect(await Promise.race([slept, run.then(() => 'not at all')])).toBe(5_000);
  expect(ask).toHaveBeenCalledTimes(2);
});

it('lets go of its room before it keeps that it was revoked, so that no kill in between leaves it with the room', async () => {
  const [written, removed] = [vi.spyOn(LateFile.prototype, 'write'), vi.spyOn(LateFile.prototype, 'remove')];
  let asked = 0;
  vi.stubGlobal('fetch', async () => (asked++ === 0 ? json(403, { error: { code: 'box_revoked', message: 'Enrol again.' } }) : json(503, { error: { code: 'internal', message: 'Later.' } })));
  await untilItWaits();
  const [first, second, ...more] = written.mock.invocationCallOrder;
  expect([removed.mock.calls.length, more]).toEqual([2, []]);
  // The first is the key that it makes at its first start.
  for (const at of removed.mock.invocationCallOrder) expect([at > (first ?? 0), at < (second ?? 0)]).toEqual([true, true]);
});

it.each([
  ['a page of the network’s own', () => new Response('<p>Accept our terms</p>', { status: 200 }), false],
  ['a proxy', () => new Response('<p>Bad gateway</p>', { status: 502 }), false],
  ['campus', () => json(503, { error: { code: 'too_many_enrolments', message: 'Try again tomorrow.' } }), true],
])('takes an answer of %s for what it is', async (_who, answer, campusReachable) => {
  vi.stubGlobal('fetch', async () => answer());
  await untilItWaits();
  expect(enrolment()).toMatchObject({ phase: 'unclaimed', campusReachable });
});

it('reads no answer without end', async () => {
  vi.stubGlobal('fetch', async () => new Response(`${JSON.stringify(TICKET)}${' '.repeat(5 << 20)}`, { status: 201 }));
  await expect(openEnrolment('http://campus.test', { csr: '', serial: '', model: '' }, stop.signal)).rejects.toMatchObject({ code: 'unreachable' });
});
