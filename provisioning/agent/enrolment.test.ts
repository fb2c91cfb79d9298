import { expect, it } from 'vitest';
import { next, type EnrolmentEvent, type Identity } from './enrolment.ts';

const key = { keyPem: 'key', csrPem: 'csr' };
const fresh = { keyPem: 'new key', csrPem: 'new csr' };
const ticket = { id: 'e', claimCode: 'K7QF-2MXA', claimUrl: 'u', pollToken: 'p' };
const member = { box: 'b', certificate: 'c', authority: 'a', boxUrl: 'https://campus' };
const opening: Identity = { kind: 'opening', key };
const waiting: Identity = { kind: 'waiting', key, ticket };
const inFleet: Identity = { kind: 'member', key, member };
const renewed: EnrolmentEvent = { type: 'renewed', key: fresh, certificate: 'c2', authority: 'a2' };

it.each<[string, Identity, EnrolmentEvent, Identity]>([
  ['an enrolment is open', opening, { type: 'opened', ticket }, waiting],
  ['its code ran out', waiting, { type: 'lapsed' }, opening],
  ['it was claimed', waiting, { type: 'claimed', member }, inFleet],
  ['key and certificate are renewed together', inFleet, renewed, { kind: 'member', key: fresh, member: { ...member, certificate: 'c2', authority: 'a2' } }],
  ['it was off for too long', inFleet, { type: 'certificate-expired' }, opening],
  ['campus has lost it', inFleet, { type: 'forgotten' }, opening],
  ['it was revoked', inFleet, { type: 'revoked', key: fresh }, { kind: 'opening', key: fresh }],
  ['it was revoked while it waited', waiting, { type: 'revoked', key: fresh }, { kind: 'opening', key: fresh }],
  ['a late answer to a member', inFleet, { type: 'opened', ticket }, inFleet],
  ['a claim before the enrolment', opening, { type: 'claimed', member }, opening],
  ['a renewal of what is no longer', opening, renewed, opening],
])('%s', (_what, identity, event, expected) => {
  expect(next(identity, event)).toEqual(expected);
});
