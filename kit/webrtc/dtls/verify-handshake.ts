import { createHash, createHmac, timingSafeEqual, verify, X509Certificate } from 'node:crypto';

/**
 * Proofs that a DTLS 1.2 handshake owes (RFC 5246 section 7.4), checked on its transcript. The handshake library compares
 * neither Finished nor the signatures; without them a fingerprint says only that somebody has seen the certificate.
 */
export const HANDSHAKE = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

export interface HandshakeMessage {
  readonly type: number;
  readonly fromClient: boolean;
  /** Body without the handshake header. */
  readonly body: Buffer;
  /** As it counts in the transcript: with its 12-byte header, unfragmented (RFC 6347 section 4.2.6). */
  readonly bytes: Buffer;
}

export interface HandshakeProof {
  /** In order, from the ClientHello that carries the cookie up to the far end's Finished (exclusive). */
  readonly messages: readonly HandshakeMessage[];
  readonly remoteIsClient: boolean;
  /** Far end's certificate, DER. */
  readonly certificate: Buffer;
  readonly masterSecret: Buffer;
  /** verify_data of the far end's Finished. */
  readonly finished: Buffer;
}

/** ecdsa_secp256r1_sha256 and rsa_pkcs1_sha256. */
const SIGNATURE_SCHEMES = new Set([0x0403, 0x0401]);

/** Null where everything holds, else what does not. */
export function faultOf(proof: HandshakeProof): string | null {
  const signed = proof.remoteIsClient ? signedByClient(proof.messages) : signedByServer(proof.messages);
  if (signed === null) return 'the handshake lacks its signature';
  if (!isSigned(signed, proof.certificate)) return 'the handshake is not signed by the key of the certificate';
  const transcript = proof.messages.map(({ bytes }) => bytes);
  const expected = verifyData(proof.masterSecret, transcript, proof.remoteIsClient);
  const matches = proof.finished.length === expected.length && timingSafeEqual(proof.finished, expected);
  return matches ? null : 'the Finished message does not match the handshake';
}

interface Signed {
  readonly content: Buffer;
  readonly scheme: number;
  readonly signature: Buffer;
}

/** RFC 5246 section 7.4.8: CertificateVerify signs every handshake message before itself. */
function signedByClient(messages: readonly HandshakeMessage[]): Signed | null {
  const at = messages.findIndex(({ type, fromClient }) => fromClient && type === HANDSHAKE.certificateVerify);
  const message = messages[at];
  if (message === undefined) return null;
  return withSignature(Buffer.concat(messages.slice(0, at).map(({ bytes }) => bytes)), message.body);
}

/** RFC 8422 section 5.4: ServerKeyExchange signs both randoms and its own parameters. */
function signedByServer(messages: readonly HandshakeMessage[]): Signed | null {
  const bodyOf = (wanted: number): Buffer | undefined => messages.find(({ type }) => type === wanted)?.body;
  const clientHello = bodyOf(HANDSHAKE.clientHello);
  const serverHello = bodyOf(HANDSHAKE.serverHello);
  const exchange = bodyOf(HANDSHAKE.serverKeyExchange);
  if (clientHello === undefined || serverHello === undefined || exchange === undefined) return null;
  if (clientHello.length < 34 || serverHello.length < 34 || exchange.length < 4) return null;
  const parameters = exchange.subarray(0, 4 + exchange.readUInt8(3));
  const content = Buffer.concat([clientHello.subarray(2, 34), serverHello.subarray(2, 34), parameters]);
  return withSignature(content, exchange.subarray(parameters.length));
}

/** digitally-signed: scheme (2 bytes), length (2), signature. */
function withSignature(content: Buffer, field: Buffer): Signed | null {
  if (field.length < 4 || field.length !== 4 + field.readUInt16BE(2)) return null;
  return { content, scheme: field.readUInt16BE(0), signature: field.subarray(4) };
}

function isSigned(signed: Signed, certificate: Buffer): boolean {
  if (!SIGNATURE_SCHEMES.has(signed.scheme)) return false;
  try {
    return verify('sha256', signed.content, new X509Certificate(certificate).publicKey, signed.signature);
  } catch {
    return false; // a certificate or signature that OpenSSL can't read proves nothing
  }
}

/** verify_data of RFC 5246 section 7.4.9: 12 bytes of PRF over the hash of the transcript. */
export function verifyData(masterSecret: Buffer, transcript: readonly Buffer[], ofClient: boolean): Buffer {
  const hash = createHash('sha256');
  for (const bytes of transcript) hash.update(bytes);
  const seed = Buffer.concat([Buffer.from(ofClient ? 'client finished' : 'server finished'), hash.digest()]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', masterSecret).update(data).digest();
  return hmac(Buffer.concat([hmac(seed), seed])).subarray(0, 12);
}
