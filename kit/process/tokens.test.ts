import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { createTokenKeys, signToken, verifyToken } from './tokens.ts';

const Claims = Type.Object({ aud: Type.String(), sub: Type.String(), exp: Type.Integer() });
const keys = createTokenKeys();
const claims = { aud: 'edge', sub: 'box-1', exp: 2_000 };
const options = { publicKeyPem: keys.publicKeyPem, audience: 'edge', nowMs: 1_000_000 };

describe('tokens', () => {
  it('come back as they were signed', () => {
    expect(verifyToken(Claims, signToken(claims, keys.privateKeyPem), options)).toMatchObject(claims);
  });

  it.each([
    ['expired', signToken(claims, keys.privateKeyPem), { ...options, nowMs: 2_001_000 }, 'token_expired'],
    ['for another audience', signToken({ ...claims, aud: 'library' }, keys.privateKeyPem), options, 'bad_token'],
    ['signed by a stranger', signToken(claims, createTokenKeys().privateKeyPem), options, 'bad_token'],
    ['of another shape', signToken({ aud: 'edge', exp: 2_000 }, keys.privateKeyPem), options, 'bad_token'],
    ['without an end', signToken({ aud: 'edge', sub: 'x' }, keys.privateKeyPem), options, 'bad_token'],
    ['unsigned', `${btoa('{"alg":"none"}')}.${btoa('{"aud":"edge"}')}.`, options, 'bad_token'],
    ['not a token', 'hello', options, 'bad_token'],
  ])('are refused when %s', (_, token, verify, code) => {
    expect(() => verifyToken(Claims, token, verify)).toThrow(expect.objectContaining({ code, status: 401 }));
  });
});
