import { describe, expect, test } from 'vitest';
import { answerCheck, buildCheck, type IceCredentials } from './check.ts';
import { Checker } from './checker.ts';
import { ATTRIBUTE, attributeOf, buildStun, hasFingerprint, hasIntegrity, parseStun, STUN, xorMappedAddress, type StunMessage } from './message.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const parsed = (raw: Buffer): StunMessage => {
  const message = parseStun(raw);
  if (message === null) throw new Error('not STUN');
  return message;
};

/** RFC 5769 section 2.1 and 2.2; the password is that of the RFC. */
const PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
const REQUEST = bytes(`
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff 80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`);
const RESPONSE = bytes(`
  0101003c 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96`);

describe('RFC 5769', () => {
  test('the sample request', () => {
    const message = parsed(REQUEST);
    expect(message.type).toBe(STUN.bindingRequest);
    expect(attributeOf(message, ATTRIBUTE.username)?.toString()).toBe('evtj:h6vY');
    expect(hasIntegrity(message, PASSWORD)).toBe(true);
    expect(hasFingerprint(message)).toBe(true);
    expect(hasIntegrity(message, `${PASSWORD}x`)).toBe(false);
  });

  test('the sample IPv4 response, and its mapped address', () => {
    const message = parsed(RESPONSE);
    expect(hasIntegrity(message, PASSWORD)).toBe(true);
    expect(hasFingerprint(message)).toBe(true);
    const mapped = xorMappedAddress('192.0.2.1', 32853, message.transactionId);
    expect(attributeOf(message, ATTRIBUTE.xorMappedAddress)).toEqual(mapped.value);
  });

  test('the mapped IPv6 address of section 2.3', () => {
    const mapped = xorMappedAddress('2001:db8:1234:5678:11:2233:4455:6677', 32853, bytes('b7e7a701bc34d686fa87dfae'));
    expect(mapped.value).toEqual(bytes('0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9'));
  });

  test('what is built is byte for byte the sample, its padding apart', () => {
    const message = parsed(RESPONSE);
    expect(parsed(buildStun(message.type, message.transactionId, message.attributes, PASSWORD)).attributes).toEqual(message.attributes);
  });
});

describe('what is not STUN', () => {
  test.each([
    ['too short', '0001'],
    ['another cookie', '00010000 2112a443 b7e7a701bc34d686fa87dfae'],
    ['a length that lies', '00010004 2112a442 b7e7a701bc34d686fa87dfae'],
    ['an attribute that runs out', '00010004 2112a442 b7e7a701bc34d686fa87dfae 00060010'],
    ['bytes behind FINGERPRINT', '00010010 2112a442 b7e7a701bc34d686fa87dfae 80280004 00000000 80280004 00000000'],
  ])('%s', (_name, hex) => expect(parseStun(bytes(hex))).toBeNull());

  test('one flipped bit breaks the integrity', () => {
    const bent = Buffer.from(REQUEST);
    bent.writeUInt8(bent.readUInt8(45) ^ 1, 45);
    expect(hasIntegrity(parsed(bent), PASSWORD)).toBe(false);
    expect(hasFingerprint(parsed(bent))).toBe(false);
  });
});

describe('connectivity checks', () => {
  const server: IceCredentials = { localUfrag: 'serv', localPassword: 'p'.repeat(24), remoteUfrag: 'clnt', remotePassword: 'q'.repeat(24) };
  const client: IceCredentials = { localUfrag: 'clnt', localPassword: 'q'.repeat(24), remoteUfrag: 'serv', remotePassword: 'p'.repeat(24) };
  const from = { address: '10.0.0.5', port: 4000 };
  const check = (ice: IceCredentials, nominate: boolean): Buffer => buildCheck({ transactionId: Buffer.alloc(12, 7), ice, role: 'controlling', tieBreaker: 1n, nominate });

  test('a right one is answered, and says whether it nominates', () => {
    expect(answerCheck(parsed(check(client, false)), from, server)?.nominates).toBe(false);
    const answered = answerCheck(parsed(check(client, true)), from, server);
    expect(answered?.nominates).toBe(true);
    expect(hasIntegrity(parsed(answered?.reply ?? Buffer.alloc(0)), server.localPassword)).toBe(true);
  });

  test.each([
    ['a wrong password', { ...client, remotePassword: 'x'.repeat(24) }],
    ['another far end', { ...client, localUfrag: 'evil' }],
    ['another session', { ...client, remoteUfrag: 'else' }],
  ])('%s gets no answer at all', (_name, ice) => expect(answerCheck(parsed(check(ice, true)), from, server)).toBeNull());

  test('an answer counts once, with the right password, and only from where the check went', () => {
    const checker = new Checker(client, 'controlling');
    const request = parsed(checker.create(from, true, 0));
    const reply = parsed(answerCheck(request, { address: '10.0.0.9', port: 1 }, server)?.reply ?? Buffer.alloc(0));
    const forged = parsed(buildStun(STUN.bindingSuccess, request.transactionId, [], 'x'.repeat(24)));
    expect(checker.answered(forged, from)).toBeNull();
    expect(checker.answered(reply, { address: '10.0.0.6', port: 4000 })).toBeNull();
    expect(checker.answered(reply, from)).toMatchObject({ nominate: true });
    expect(checker.answered(reply, from)).toBeNull();
  });
});
