import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { CodedError } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import { type Identity, LastingIdentity, OwnIdentity } from './identity.ts';

const log = createLog('test');
log.level = 'silent';

let before: Identity;
let after: Identity;

beforeAll(async () => {
  const authority = await createAuthority('CN=School', Date.now());
  const issued = async (): Promise<Identity> => {
    const { keyPem, certificatePem } = await issueForServer(authority, 'CN=box', ['box.school.test'], Date.now());
    return { key: keyPem, cert: certificatePem };
  };
  [before, after] = [await issued(), await issued()];
});

it.each<[string, () => Identity]>([
  ['whose files are being replaced', () => ({ cert: after.cert, key: before.key })],
  ['that is half written', () => ({ cert: after.cert.slice(0, 200), key: after.key })],
  ['that the disk does not give', () => {
    throw new CodedError('bad_certificate', 'It cannot be read.');
  }],
])('keeps the certificate in use while there is one %s, and takes the new one when it is whole', async (_what, found) => {
  let read: () => Identity = () => before;
  const identity = new LastingIdentity(async () => read(), log);
  expect(await identity.current()).toBe(before);
  read = found;
  expect(await identity.current()).toBe(before);
  read = () => after;
  expect(await identity.current()).toBe(after);
});

it('says that there is none where there never was a good one', async () => {
  const identity = new LastingIdentity(async () => ({ cert: after.cert, key: before.key }), log);
  await expect(identity.current()).rejects.toMatchObject({ code: 'bad_certificate' });
});

describe('the box’s own certificate', () => {
  const NOW = Date.UTC(2026, 9, 20);
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'identity-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const current = (nowMs: number, isVouchedFor = true): Promise<Identity> => new OwnIdentity({ dataDir: folder, serial: 'LX-1', names: [], log }).current({ nowMs, isVouchedFor });
  /** Of the certificate and of its authority. */
  const chainOf = ({ cert }: Identity): X509Certificate[] => (cert.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem));
  const holdsAt = ({ validFrom, validTo }: X509Certificate, nowMs: number): boolean => Date.parse(validFrom) <= nowMs && nowMs < Date.parse(validTo);

  it.each([
    ['1970, with a dead battery', 0],
    ['a year that is long past', Date.UTC(2012, 0, 1)],
    ['a year that is still to come', Date.UTC(2040, 0, 1)],
  ])('is made anew, and its authority, where both were made in %s', async (_what, madeMs) => {
    const wrong = await current(madeMs);
    const chain = chainOf(await current(NOW));
    expect(chain.map((one) => holdsAt(one, NOW))).toEqual([true, true]);
    expect(chain[0]?.checkIssued(chain[1] as X509Certificate)).toBe(true);
    expect((await current(NOW)).cert).not.toBe(wrong.cert);
  });

  it('is made anew by the same authority where its own time is over', async () => {
    const [former, authority] = chainOf(await current(NOW));
    const later = NOW + 200 * 86_400_000;
    const [own, same] = chainOf(await current(later));
    expect([holdsAt(former as X509Certificate, later), holdsAt(own as X509Certificate, later)]).toEqual([false, true]);
    expect(same?.fingerprint256).toBe(authority?.fingerprint256);
  });

  it.each([['before it was made', Date.UTC(2025, 6, 1)], ['after its end', Date.UTC(2060, 0, 1)]])('keeps its authority by a clock %s that nobody vouches for', async (_what, wrongMs) => {
    const [, authority] = chainOf(await current(NOW));
    const [own, same] = chainOf(await current(wrongMs, false));
    const [again, still] = chainOf(await current(NOW));
    expect([same?.fingerprint256, still?.fingerprint256]).toEqual([authority?.fingerprint256, authority?.fingerprint256]);
    expect([holdsAt(own as X509Certificate, wrongMs), holdsAt(again as X509Certificate, NOW)]).toEqual([true, true]);
  });

  it('is kept by a box that wakes up in 1970: whoever trusts its authority need not trust another', async () => {
    const good = await current(NOW);
    expect(await current(5_000)).toEqual(good);
    expect(await current(NOW + 3_600_000)).toEqual(good);
  });
});
