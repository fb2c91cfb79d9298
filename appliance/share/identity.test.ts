import { beforeAll, expect, it } from 'vitest';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { CodedError } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import { type Identity, LastingIdentity } from './identity.ts';

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
