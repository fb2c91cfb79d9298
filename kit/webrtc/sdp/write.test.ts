import { expect, test } from 'vitest';
import { transportSection, writeFragment, type LocalTransport } from './write.ts';

const TRANSPORT: LocalTransport = {
  sessionId: '1', iceUfrag: 'abcd', icePassword: 'a-password-of-twenty-two', iceLite: true, fingerprint: 'AB:CD', setup: 'passive', cname: 'c',
  candidates: [{ address: '192.0.2.1', port: 8189 }],
};

test('the candidates of a restart are for the section that carries the transport, under the far end\'s own name for it', () => {
  expect(writeFragment(TRANSPORT, { type: 'audio', mid: 'sound' }).split('\r\n')).toEqual([
    'a=ice-lite', 'a=ice-ufrag:abcd', 'a=ice-pwd:a-password-of-twenty-two',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:sound', 'a=candidate:1 1 udp 2130706431 192.0.2.1 8189 typ host', 'a=end-of-candidates', '',
  ]);
});

test('whoever has no candidates to tell names no section', () => {
  expect(writeFragment({ ...TRANSPORT, iceLite: false, candidates: [] }, { type: 'video', mid: '0' })).toBe('a=ice-ufrag:abcd\r\na=ice-pwd:a-password-of-twenty-two\r\n');
});

test('a refused section carries no transport', () => {
  const media = (mid: string) => ({ type: 'video', mid }) as Parameters<typeof transportSection>[0][number]['media'];
  const codec = {} as never;
  expect(transportSection([{ verdict: 'refused', media: media('data') }, { verdict: 'inactive', media: media('video0'), codec }])).toMatchObject({ mid: 'video0' });
});
