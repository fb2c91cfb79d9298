import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createAuthority, issue, newKeys } from '#kit/process/certificates.ts';
import { CodedError } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import { pause } from '#kit/ui/time/pause.ts';
import type { HealthReport } from '../contract/enrolment.ts';
import { STATE } from '../campus/testing/box.ts';
import type { BoxClient } from './campus-client.ts';
import type { LateFile } from './late-file.ts';
import { Membership, type MembershipDeps } from './membership.ts';

// On the test's clock; the one of node:timers/promises can't be.
vi.mock(import('#kit/process/supervisor.ts'), async (original) => ({ ...(await original()), sleep: pause }));

const MINUTE = 60_000;
const MACHINE = { cpuPercent: 1, memoryFreeBytes: 1, diskFreeBytes: 1, temperatureC: null, uptimeSeconds: 1 };
const ROOM = { room: 'r', roomName: 'R', edge: { whip: '', whep: '', rtmp: '', api: '' }, uploadsUrl: '', libraryUrl: '', timetable: [] };
const log = createLog('test');
log.level = 'silent';
let certificates: { young: string; old: string };
let stop: AbortController;

beforeAll(async () => {
  const authority = await createAuthority('CN=Test', Date.now());
  const { publicKey } = await newKeys();
  const lasting = async (days: number): Promise<string> => (await issue(authority, { publicKey, subject: 'CN=box', days, uses: [] }, Date.now())).certificatePem;
  certificates = { young: await lasting(25), old: await lasting(5) };
});
beforeEach(() => {
  stop = new AbortController();
  vi.useFakeTimers();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

/** Campus as the client sees it, an hour's upload token by its own clock. */
function campusThat(answers: Partial<BoxClient> = {}) {
  const inAnHour = (): string => new Date(Date.now() + 60 * MINUTE).toISOString();
  const campus = {
    config: vi.fn<BoxClient['config']>(async (etag) => (etag === null ? { config: ROOM, etag: '"1"' } : null)),
    tokens: vi.fn<BoxClient['tokens']>(async () => ({ publish: 'p', publishExpiresAt: inAnHour(), upload: 'u', uploadExpiresAt: inAnHour() })),
    report: vi.fn<BoxClient['report']>(async () => undefined),
    renew: vi.fn<BoxClient['renew']>(async () => ({ certificate: '', authority: '' })),
  };
  return Object.assign(campus, answers);
}

function memberOf(campus: object, certificate = certificates.young): Membership {
  const file = { write: async () => undefined } as unknown as LateFile<never>;
  const identity: MembershipDeps['identity'] = { kind: 'member', key: { keyPem: '', csrPem: '' }, member: { box: 'b', certificate, authority: '', boxUrl: '' } };
  return new Membership({
    client: campus as BoxClient, identity, room: file, tokens: file, version: '1', serial: 's', log,
    say: () => undefined, reachable: () => undefined, catchUp: async () => undefined,
  });
}

it('reports what the appliance says, and nothing of an appliance that has fallen silent', async () => {
  const campus = campusThat();
  const member = memberOf(campus);
  void member.run(stop.signal);
  const told = (): HealthReport['state']['lesson']['phase'][] => campus.report.mock.calls.map(([{ state }]) => state.lesson.phase);
  for (let second = 0; second < 10; second++) {
    member.stateChanged({ state: { ...STATE, lesson: { phase: 'live', title: '' } }, machine: MACHINE, heardAtMs: performance.now() }, false);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  const whileItSpoke = told().length;
  expect(whileItSpoke).toBeGreaterThanOrEqual(2);
  // The appliance hangs: what it said last may have been over since.
  await vi.advanceTimersByTimeAsync(5_000);
  const soonAfter = told().length;
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(told().length).toBe(soonAfter);
  member.stateChanged({ state: STATE, machine: MACHINE, heardAtMs: performance.now() }, false);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told().at(-1)).toBe('idle');
});

it.each([-90 * MINUTE, 0, 90 * MINUTE])('renews its tokens every half hour where campus’s clock is %i ms from its own', async (offsetMs) => {
  const expiresAt = (): string => new Date(Date.now() + offsetMs + 60 * MINUTE).toISOString();
  const tokens = vi.fn<BoxClient['tokens']>(async () => ({ publish: 'p', publishExpiresAt: expiresAt(), upload: 'u', uploadExpiresAt: expiresAt() }));
  void memberOf(campusThat({ tokens })).run(stop.signal);
  await vi.advanceTimersByTimeAsync(29 * MINUTE);
  expect(tokens).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  expect(tokens).toHaveBeenCalledTimes(2);
});

it('gets its room and its tokens while campus can make no certificate', async () => {
  const renew = vi.fn<BoxClient['renew']>(() => Promise.reject(new CodedError('internal', 'The disk is full.', { status: 500 })));
  const campus = campusThat({ renew });
  void memberOf(campus, certificates.old).run(stop.signal);
  await vi.waitFor(() => expect(renew).toHaveBeenCalled());
  expect([campus.config.mock.calls.length, campus.tokens.mock.calls.length]).toEqual([1, 1]);
});

it.each(['box_revoked', 'unknown_box'])('ends where campus says %s', async (code) => {
  const report = (): Promise<void> => Promise.reject(new CodedError(code, 'Enrol the box first.', { status: 403 }));
  const member = memberOf(campusThat({ report }));
  member.stateChanged({ state: STATE, machine: MACHINE, heardAtMs: performance.now() }, false);
  await expect(member.run(stop.signal)).rejects.toMatchObject({ code });
});
