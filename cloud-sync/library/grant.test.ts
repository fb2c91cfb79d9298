import { expect, it } from 'vitest';
import { checkGrant, issueGrant } from './grant.ts';

const HOUR_MS = 3_600_000;
const { grant } = issueGrant('secret', 'recording-1', 'ada', 0);

it('is good for its recording for four hours', () => {
  expect(() => checkGrant('secret', 'recording-1', grant, 4 * HOUR_MS - 1)).not.toThrow();
  expect(() => checkGrant('secret', 'recording-1', grant, 4 * HOUR_MS)).toThrow('expired');
});

it.each([
  ['another recording', 'secret', 'recording-2', grant],
  ['another secret', 'other', 'recording-1', grant],
  ['a later expiry', 'secret', 'recording-1', grant.replace(/^\d+/, '99999999999999')],
  ['another viewer', 'secret', 'recording-1', grant.replace(/\.[\w-]+\./, '.Ym9i.')],
  ['nothing', 'secret', 'recording-1', ''],
  ['half of it', 'secret', 'recording-1', grant.slice(0, -10)],
])('is not good for %s', (_what, secret, recording, shown) => {
  expect(() => checkGrant(secret, recording, shown, 0)).toThrow('not valid');
});
