import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIBRARY_AUDIENCE, LibraryClaims } from '#cloud-sync/contract/library.ts';
import { EDGE_AUDIENCE, ServiceClaims } from '#edge-relay/contract/access.ts';
import { verifyToken } from '#kit/process/tokens.ts';
import type { Fleet, FleetRoom } from '../contract/console.ts';
import { createBoxKey } from '../agent/box-key.ts';
import { createAuthority } from '#kit/process/certificates.ts';
import { issueForBox, readRequest } from '../fleet/authority.ts';
import { CampusServer, SUPPORT } from './testing/campus-server.ts';
import { mutualCall, STATE, TestBox } from './testing/box.ts';

const ROOM = 'room-301';
let folder: string;
let campus: CampusServer;
let box: TestBox;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-campus-'));
  campus = new CampusServer(folder);
  await campus.start();
  box = new TestBox(folder, campus.url);
});
afterEach(async () => {
  await box.kill();
  await campus.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until<T>(what: string, look: () => T | undefined | null | false | Promise<T | undefined | null | false>, timeoutMs = 25_000): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; ; ) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen; the agent said ${JSON.stringify(box.heard)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function fleetRoom(token: string): Promise<FleetRoom | undefined> {
  const { json } = await campus.call('GET', '/api/fleet', { token });
  return (json as Fleet).rooms.find(({ room }) => room === ROOM);
}

/** A box that is claimed for the room and has its configuration. */
async function claimedBox(): Promise<{ admin: string; id: string }> {
  const admin = await campus.signIn();
  await campus.call('PUT', `/api/rooms/${ROOM}`, { token: admin, body: { name: 'Room 301' } });
  box.start();
  const claimCode = await until('the claim code', () => box.enrolment?.claimCode);
  const claim = await campus.call('POST', '/api/claims', { token: admin, body: { claimCode, room: ROOM } });
  expect(claim.status).toBe(201);
  await until('the configuration', () => box.last('config') && box.last('tokens'));
  return { admin, id: (claim.json as { box: string }).box };
}

interface Kept {
  readonly kind: string;
  readonly key: { keyPem: string; csrPem: string };
  readonly member: { certificate: string; authority: string };
}
const kept = (): Kept => JSON.parse(readFileSync(join(box.identityDir, 'identity.json'), 'utf8')) as Kept;
const own = () => ({ key: kept().key.keyPem, cert: kept().member.certificate, ca: kept().member.authority });

describe('a box and campus', { timeout: 60_000 }, () => {
  it('enrols, is claimed by its code, gets room and tokens, and reports over mutual TLS', async () => {
    const { admin } = await claimedBox();
    expect(box.enrolment).toMatchObject({ phase: 'claimed', claimCode: null, campusReachable: true });
    expect(box.last('config')?.config).toMatchObject({ room: ROOM, roomName: 'Room 301', timetable: [] });
    expect(box.last('config')?.config.edge.whip).toMatch(/\/whip\/room-301$/);
    expect(statSync(join(box.identityDir, 'identity.json')).mode & 0o777).toBe(0o600);
    const { publicKeyPem } = (await campus.call('GET', '/api/keys')).json as { publicKeyPem: string };
    const tokens = box.last('tokens')?.tokens;
    expect(verifyToken(ServiceClaims, tokens?.publish ?? '', { publicKeyPem, audience: EDGE_AUDIENCE })).toMatchObject({ scope: 'publish', room: ROOM });
    expect(verifyToken(LibraryClaims, tokens?.upload ?? '', { publicKeyPem, audience: LIBRARY_AUDIENCE })).toMatchObject({ scope: 'upload', room: ROOM });
    expect((await fleetRoom(admin))?.box).toMatchObject({ online: false, lastSeenAt: null });
    box.tell(STATE);
    await until('the report', async () => (await fleetRoom(admin))?.health);
    const liveAt = Date.now();
    box.tell({ ...STATE, lesson: { phase: 'live', title: 'Orbits' }, stream: { ...STATE.stream, sending: true, seenAtEdge: true } });
    await until('the phase', async () => (await fleetRoom(admin))?.health?.state.lesson.phase === 'live');
    expect(Date.now() - liveAt).toBeLessThan(2_000);
    expect((await fleetRoom(admin))?.verdict).toMatchObject({ level: 'risk', reasons: [{ code: 'not_recording' }] });
  });

  it('refuses at its mutual-TLS port whoever has no certificate, a foreign one, or one that was revoked', async () => {
    const { admin, id } = await claimedBox();
    const { key, ca, cert } = own();
    expect((await mutualCall(campus.tlsPort, '/box/config', { key, cert, ca })).status).toBe(200);
    await expect(mutualCall(campus.tlsPort, '/box/config', { ca })).rejects.toThrow();
    const foreign = await issueForBox(await createAuthority('CN=Somebody else', Date.now()), await readRequest(kept().key.csrPem), id, Date.now());
    await expect(mutualCall(campus.tlsPort, '/box/config', { key, cert: foreign.certificatePem, ca })).rejects.toThrow();
    expect((await campus.call('DELETE', `/api/boxes/${id}`, { token: await campus.signIn(SUPPORT) })).status).toBe(403);
    expect((await campus.call('DELETE', `/api/boxes/${id}`, { token: admin })).status).toBe(204);
    const refused = await mutualCall(campus.tlsPort, '/box/config', { key, cert, ca });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('box_revoked')]);
    // The box notices by itself, makes a new key and asks to be claimed again.
    await until('a new claim code', () => box.enrolment?.phase === 'unclaimed' && box.enrolment.claimCode);
    expect(kept().key.keyPem).not.toBe(key);
  });

  it('gives a box a new certificate for a new key, by which it is known from then on', async () => {
    await claimedBox();
    const { csrPem, keyPem } = await createBoxKey('SN-1');
    const renewed = await mutualCall(campus.tlsPort, '/box/certificate', own(), { csr: csrPem });
    expect(renewed.status).toBe(201);
    const { certificate } = JSON.parse(renewed.text) as { certificate: string };
    expect((await mutualCall(campus.tlsPort, '/box/config', { ...own(), key: keyPem, cert: certificate })).status).toBe(200);
    const asked = await campus.call('POST', '/api/enrolment', { body: { csr: csrPem, serial: 'SN-1', model: 'test' } });
    const { id, pollToken } = asked.json as { id: string; pollToken: string };
    expect((await campus.call('GET', `/api/enrolment/${id}`, { token: pollToken })).json).toMatchObject({ state: 'claimed', certificate });
  });

  it('keeps its room through kill -9 with campus away, and finds campus again', async () => {
    await claimedBox();
    await box.kill();
    await campus.stop();
    box.start();
    await until('what it remembers', () => box.last('config') && box.last('tokens') && box.enrolment);
    expect(box.enrolment).toMatchObject({ phase: 'claimed', campusReachable: false });
    await campus.start();
    await until('campus to be found', () => box.enrolment?.campusReachable);
  });

  it('keeps its claim code when it is killed while it waits', async () => {
    box.start();
    const code = await until('the claim code', () => box.enrolment?.claimCode);
    await box.kill();
    box.start();
    expect(await until('the claim code again', () => box.enrolment?.claimCode)).toBe(code);
    // Even a box that lost what campus answered gets the same enrolment by its key.
    const ask = { csr: kept().key.csrPem, serial: 'SN-1', model: 'test' };
    expect((await campus.call('POST', '/api/enrolment', { body: ask })).json).toMatchObject({ claimCode: code });
  });

  it('answers claims that cannot be, and what is not a request, in words', async () => {
    const { admin } = await claimedBox();
    const claim = (claimCode: string, room: string) => campus.call('POST', '/api/claims', { token: admin, body: { claimCode, room } });
    expect(await claim('2222-2222', ROOM)).toMatchObject({ status: 404, json: { error: { code: 'unknown_claim_code' } } });
    expect(await claim('not a code', ROOM)).toMatchObject({ status: 404 });
    expect(await campus.call('POST', '/api/enrolment', { body: { csr: 'nonsense', serial: 'x', model: 'y' } })).toMatchObject({ status: 400, json: { error: { code: 'bad_csr' } } });
    expect(await campus.call('GET', '/api/enrolment/unknown', { token: 'x' })).toMatchObject({ status: 401 });
  });
});

describe('the console', { timeout: 30_000 }, () => {
  it('asks for a session everywhere, and for an admin where something changes', async () => {
    for (const path of ['/api/fleet', '/api/fleet/events', '/api/fleet/nowhere', '/api/audit', '/api/session', '/api/rooms/nowhere/timetable']) {
      expect([path, (await campus.call('GET', path)).status]).toEqual([path, 401]);
    }
    const support = await campus.signIn(SUPPORT);
    expect((await campus.call('GET', '/api/fleet', { token: support })).status).toBe(200);
    for (const [method, path] of [['PUT', '/api/rooms/room-9'], ['PUT', '/api/rooms/room-9/timetable'], ['POST', '/api/claims'], ['DELETE', '/api/boxes/x']] as const) {
      expect([path, (await campus.call(method, path, { token: support, body: {} })).status]).toEqual([path, 403]);
    }
  });

  it('slows down guessing of passwords', async () => {
    const guess = () => campus.call('POST', '/api/session', { body: { email: 'admin@school.test', password: 'guess' } });
    for (let tries = 0; tries < 5; tries++) expect((await guess()).status).toBe(401);
    expect(await guess()).toMatchObject({ status: 429, json: { error: { code: 'too_many_tries', details: { retryAfterMs: expect.any(Number) } } } });
  });

  it('obeys its cookie only from its own page', async () => {
    const { headers } = await campus.call('POST', '/api/session', { body: { email: 'admin@school.test', password: 'correct horse' } });
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    const put = (origin: string) => campus.call('PUT', '/api/rooms/room-9', { body: { name: 'Nine' }, headers: { cookie: cookie.split(';')[0] ?? '', origin } });
    expect(await put('https://evil.test')).toMatchObject({ status: 403, json: { error: { code: 'foreign_origin' } } });
    expect((await put(campus.url)).status).toBe(200);
  });

  it('tells the edge of rooms and of the course that is held in them, and writes down who changed what', async () => {
    const token = await campus.signIn();
    await campus.call('PUT', '/api/rooms/room-7', { token, body: { name: 'Seven', alwaysOpen: true } });
    const course = { id: 'astro', description: 'Orbits', priceCents: 4900, currency: 'EUR', buyUrl: 'https://shop.test/astro' };
    const times = { startsAt: '2099-01-01T09:00:00Z', endsAt: '2099-01-01T10:00:00Z' };
    const put = await campus.call('PUT', '/api/rooms/room-7/timetable', { token, body: { timetable: [{ id: 'c1', title: 'Orbits', teacher: 'Lin', ...times, course }] } });
    expect(put.status).toBe(200);
    await until('the edge to be told', () => campus.told.some(({ path }) => path === '/api/admin/courses/astro'));
    expect(campus.told.find(({ path }) => path === '/api/admin/rooms/room-7')?.body).toEqual({ name: 'Seven', alwaysOpen: true });
    const { publicKeyPem } = (await campus.call('GET', '/api/keys')).json as { publicKeyPem: string };
    const bearer = campus.told.find(({ path }) => path === '/api/admin/courses/astro')?.authorization.slice('Bearer '.length) ?? '';
    expect(verifyToken(ServiceClaims, bearer, { publicKeyPem, audience: EDGE_AUDIENCE }).scope).toBe('admin');
    const bad = await campus.call('PUT', '/api/rooms/room-7/timetable', { token, body: { timetable: [{ id: 'c1', title: 'Orbits', teacher: '', startsAt: times.endsAt, endsAt: times.startsAt }] } });
    expect(bad).toMatchObject({ status: 400, json: { error: { code: 'bad_timetable' } } });
    const { json } = await campus.call('GET', '/api/audit', { token });
    expect((json as { entries: { action: string }[] }).entries.map(({ action }) => action)).toEqual(['timetable.put', 'room.put', 'session.open']);
  });

  it('streams the fleet and what changes in it', async () => {
    const token = await campus.signIn();
    const stop = new AbortController();
    const answer = await fetch(`${campus.url}/api/fleet/events`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"type":"fleet"');
    await campus.call('PUT', `/api/rooms/${ROOM}`, { token, body: { name: 'Room 301' } });
    expect((await reader.read()).value).toContain('"name":"Room 301"');
    await campus.call('PUT', `/api/rooms/${ROOM}`, { token, body: { name: 'Aula' } });
    expect((await reader.read()).value).toMatch(/"type":"room".*"name":"Aula"/);
    stop.abort();
  });
});
