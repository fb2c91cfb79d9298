import { generateKeyPairSync } from 'node:crypto';
import { createDecoder, createSigner, createVerifier, TokenError } from 'fast-jwt';
import type { Static, TSchema } from 'typebox';
import { violationsOf } from './check.ts';
import { CodedError } from './errors.ts';

export interface TokenKeys {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
}

/** A fresh Ed25519 key pair (RFC 8032) for signing tokens. */
export function createTokenKeys(): TokenKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** Signs claims as a JWT (RFC 7519) with EdDSA (RFC 8037). `exp`, in seconds since 1970, belongs in the claims. */
export function signToken(claims: Readonly<Record<string, unknown>>, privateKeyPem: string): string {
  return createSigner({ key: privateKeyPem, algorithm: 'EdDSA', noTimestamp: true })({ ...claims });
}

export interface VerifyOptions {
  readonly publicKeyPem: string;
  readonly audience: string;
  readonly nowMs?: number;
}

const decode = createDecoder();

/** Who a token says has made it, null where it says nothing. Not verified: it tells by whose key to verify it, and nothing else. */
export function claimedIssuer(token: string): unknown {
  try {
    return (decode(token) as { iss?: unknown }).iss ?? null;
  } catch {
    return null; // whoever verifies it says what is wrong
  }
}

/**
 * The claims of a token, if it is ours, for this audience, unexpired and of this shape.
 * @throws CodedError 401 `token_expired` or `bad_token`
 */
export function verifyToken<T extends TSchema>(schema: T, token: string, options: VerifyOptions): Static<T> {
  const claims = verifiedClaims(token, options);
  if (shapeOf(schema)(claims).length > 0) throw badToken();
  return claims as Static<T>;
}

/** Compiling a schema takes longer than verifying a signature. */
const shapes = new WeakMap<TSchema, ReturnType<typeof violationsOf>>();

function shapeOf(schema: TSchema): ReturnType<typeof violationsOf> {
  const known = shapes.get(schema) ?? violationsOf(schema);
  shapes.set(schema, known);
  return known;
}

function verifiedClaims(token: string, { publicKeyPem, audience, nowMs }: VerifyOptions): unknown {
  try {
    return createVerifier({
      key: publicKeyPem,
      algorithms: ['EdDSA'],
      allowedAud: audience,
      requiredClaims: ['exp', 'aud'],
      clockTimestamp: nowMs ?? Date.now(),
    })(token);
  } catch (cause) {
    if (cause instanceof TokenError && cause.code === TokenError.codes.expired) {
      throw new CodedError('token_expired', 'This sign-in has expired. Open the page again.', { status: 401, cause });
    }
    throw badToken(cause);
  }
}

function badToken(cause?: unknown): CodedError {
  return new CodedError('bad_token', 'This sign-in is not valid here. Open the link you were given again.', { status: 401, cause });
}
