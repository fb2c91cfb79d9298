import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildRtpHeader } from '../rtp/packet.ts';
import { AesGcmTransform } from './aes-gcm.ts';
import { deriveKey, LABEL } from './key-derivation.ts';
import { ReplayWindow } from './replay-window.ts';
import { masterLengths, SRTP_PROFILE, SrtpSession } from './session.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

test('keys of RFC 3711 appendix B.3', () => {
  const key = bytes('E1F97A0D3E018BE0D64FA32C06DE4139');
  const salt = bytes('0EC675AD498AFEEBB6960B3AABE6');
  expect(deriveKey(key, salt, LABEL.rtpCipher, 16)).toEqual(bytes('C61E7A93744F39EE10734AFE3FF7A087'));
  expect(deriveKey(key, salt, LABEL.rtpSalt, 14)).toEqual(bytes('30CBBC08863D8C85D49DB34A9AE1'));
  expect(deriveKey(key, salt, LABEL.rtpAuth, 20)).toEqual(bytes('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
});

test('the packet of RFC 7714 section 16.1.1', () => {
  const key = { key: createSecretKey(bytes('000102030405060708090a0b0c0d0e0f')), salt: bytes('517569642070726f2071756f') };
  const gcm = new AesGcmTransform(key, key);
  const header = bytes('8040f17b 8041f8d3 5501a0b2');
  const plain = Buffer.from('Gallia est omnis divisa in partes tres');
  const sealed = bytes('f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce');
  expect(gcm.sealRtp(header, plain, 0x5501a0b2, 0xf17b)).toEqual(sealed);
  expect(gcm.openRtp(header, sealed, 0x5501a0b2, 0xf17b)).toEqual(plain);
});

describe.each([
  ['AEAD_AES_128_GCM', SRTP_PROFILE.aeadAes128Gcm],
  ['AES128_CM_SHA1_80', SRTP_PROFILE.aes128CmSha1_80],
])('%s', (_name, profile) => {
  function pair(): [SrtpSession, SrtpSession] {
    const { key, salt } = masterLengths(profile);
    const [localKey, localSalt, remoteKey, remoteSalt] = [key, salt, key, salt].map((length) => randomBytes(length)) as [Buffer, Buffer, Buffer, Buffer];
    return [
      new SrtpSession({ profile, localKey, localSalt, remoteKey, remoteSalt }),
      new SrtpSession({ profile, localKey: remoteKey, localSalt: remoteSalt, remoteKey: localKey, remoteSalt: localSalt }),
    ];
  }
  const header = (sequence: number): Buffer => buildRtpHeader({ payloadType: 96, marker: false, sequence: sequence & 0xffff, timestamp: 1, ssrc: 0xfffffff0 });

  test('packets come through in any order, over two rollovers, and once each', () => {
    const [sender, receiver] = pair();
    for (let index = 30_000; index < 30_000 + 2 * 65_536; index += 97) {
      const first = sender.protectRtp(header(index), Buffer.from(`a${index}`));
      const second = sender.protectRtp(header(index + 1), Buffer.from(`b${index}`));
      expect(receiver.openRtp(second)?.toString('latin1', 12)).toBe(`b${index}`);
      expect(receiver.openRtp(first)?.toString('latin1', 12)).toBe(`a${index}`);
      expect(receiver.openRtp(first)).toBeNull();
    }
  });

  test('a retransmission is the same packet, also after a rollover', () => {
    const [sender] = pair();
    const before = sender.protectRtp(header(65_535), Buffer.from('x'));
    sender.protectRtp(header(65_536), Buffer.from('y'));
    expect(sender.protectRtp(header(65_535), Buffer.from('x'))).toEqual(before);
  });

  test('what was touched is refused', () => {
    const [sender, receiver] = pair();
    const packet = sender.protectRtp(header(1), randomBytes(50));
    const report = sender.protectRtcp(bytes('80c90001 00000001'));
    for (const original of [packet, report]) {
      for (let at = 0; at < original.length; at += 1) {
        const bent = Buffer.from(original);
        bent.writeUInt8(bent.readUInt8(at) ^ 0x04, at);
        expect(original === packet ? receiver.openRtp(bent) : receiver.openRtcp(bent)).toBeNull();
      }
    }
    expect(receiver.openRtcp(report)).toEqual(bytes('80c90001 00000001'));
    expect(receiver.openRtcp(report)).toBeNull();
  });

  test('a flood of streams is bounded', () => {
    const [sender, receiver] = pair();
    const opened = Array.from({ length: 100 }, (_each, ssrc) => receiver.openRtp(sender.protectRtp(buildRtpHeader({ payloadType: 96, marker: false, sequence: 1, timestamp: 1, ssrc }), Buffer.from('x'))));
    expect(opened.filter((each) => each !== null)).toHaveLength(32);
  });
});

test('the replay window forgets what is too old', () => {
  const window = new ReplayWindow();
  window.accept(5000);
  expect([window.isNew(5001), window.isNew(5000), window.isNew(4999), window.isNew(5000 - 1024)]).toEqual([true, false, true, false]);
  window.accept(6500);
  expect([window.isNew(5600), window.isNew(5000)]).toEqual([true, false]);
});
