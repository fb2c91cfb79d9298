import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webcrypto, X509Certificate } from 'node:crypto';
import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '#kit/process/certificates.ts';
import { createBoxes, type Boxes } from './boxes.ts';
import { openFleetDatabase, type Db } from './database.ts';
import { Enrolments } from './enrolments.ts';
import { createRooms } from './rooms.ts';

const DAY_MS = 86_400_000;
let folder: string;
let db: Db;
let boxes: Boxes;
let enrolments: Enrolments;
let now: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-fleet-'));
  db = openFleetDatabase(join(folder, 'fleet.sqlite'));
  now = Date.parse('2026-11-02T09:00:00Z');
  const rooms = createRooms(db);
  rooms.put('r1', 'One', null);
  rooms.put('r2', 'Two', null);
  boxes = createBoxes(db);
  enrolments = new Enrolments({ db, rooms, boxes, authority: await createAuthority('CN=Test', now), secret: 'secret', now: () => now });
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function newCsr(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  return (await Pkcs10CertificateRequestGenerator.create({ name: 'CN=box', keys, signingAlgorithm: algorithm })).toString('pem');
}

const open = (csr: string) => enrolments.open(csr, 'SN-1', 'test');

describe('enrolment', () => {
  it('gives the same key a fresh code after a day, and forgets the old one', async () => {
    const csr = await newCsr();
    const first = await open(csr);
    now += DAY_MS;
    await expect(enrolments.status(first.id)).rejects.toThrow('expired');
    await expect(enrolments.claim(first.claimCode, 'r1')).rejects.toMatchObject({ code: 'unknown_claim_code', status: 404 });
    const second = await open(csr);
    expect([second.id, second.claimCode === first.claimCode]).toEqual([first.id, false]);
    expect(await enrolments.claim(second.claimCode, 'r1')).toMatchObject({ serial: 'SN-1' });
  });

  it('claims once, into a room that exists and has no box, even when two people press at once', async () => {
    const [one, two] = [await open(await newCsr()), await open(await newCsr())];
    await expect(enrolments.claim(one.claimCode, 'nowhere')).rejects.toMatchObject({ code: 'unknown_room' });
    const both = await Promise.allSettled([enrolments.claim(one.claimCode, 'r1'), enrolments.claim(one.claimCode, 'r2')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(enrolments.claim(one.claimCode, 'r2')).rejects.toMatchObject({ code: 'already_claimed', status: 409 });
    const taken = boxes.ofRoom('r1') ? 'r1' : 'r2';
    await expect(enrolments.claim(two.claimCode, taken)).rejects.toMatchObject({ code: 'room_has_box', status: 409 });
  });

  it('gives a box that was off for longer than its certificate lived a new one for the same key', async () => {
    const csr = await newCsr();
    const { id, claimCode } = await open(csr);
    const { box } = await enrolments.claim(claimCode, 'r1');
    now += 60 * DAY_MS;
    expect((await open(csr)).id).toBe(id);
    const status = await enrolments.status(id);
    const certificate = new X509Certificate(status.state === 'claimed' ? status.certificate : '');
    expect([certificate.subject, Date.parse(certificate.validTo) > now]).toEqual([`CN=${box}\nOU=box`, true]);
  });

  it('lets a box in whose claim code was made with a secret that is lost', async () => {
    const csr = await newCsr();
    await open(csr);
    const authority = await createAuthority('CN=Test', now);
    const after = new Enrolments({ db, rooms: createRooms(db), boxes, authority, secret: 'another', now: () => now });
    const { id, claimCode, pollToken } = await after.open(csr, 'SN-1', 'test');
    expect([after.mayPoll(id, pollToken), (await after.claim(claimCode, 'r1')).serial]).toEqual([true, 'SN-1']);
  });

  it('knows a box by the key of its newest certificate, or by none of both', async () => {
    const { id, claimCode } = await open(await newCsr());
    const { box } = await enrolments.claim(claimCode, 'r1');
    const before = boxes.get(box)?.certificate;
    db.exec("CREATE TRIGGER full BEFORE UPDATE OF key_hash ON enrolments BEGIN SELECT RAISE(ABORT, 'full'); END");
    await expect(enrolments.renew(box, await newCsr())).rejects.toThrow('full');
    expect(boxes.get(box)?.certificate).toBe(before);
    db.exec('DROP TRIGGER full');
    const csr = await newCsr();
    expect((await enrolments.renew(box, csr)).certificatePem).toBe(boxes.get(box)?.certificate);
    expect((await open(csr)).id).toBe(id);
  });

  it('never lets a revoked key back, and frees the room', async () => {
    const csr = await newCsr();
    const { id, claimCode } = await open(csr);
    const { box } = await enrolments.claim(claimCode, 'r1');
    boxes.revoke(box, now);
    await expect(open(csr)).rejects.toMatchObject({ code: 'box_revoked', status: 403 });
    await expect(enrolments.status(id)).rejects.toMatchObject({ code: 'box_revoked' });
    expect((await enrolments.claim((await open(await newCsr())).claimCode, 'r1')).box).not.toBe(box);
  });
});
