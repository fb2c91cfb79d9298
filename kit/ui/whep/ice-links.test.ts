import { expect, it } from 'vitest';
import { iceServersIn } from './ice-links.ts';

const TURN = '<turn:turn.test:3478?transport=udp>; rel="ice-server"; username="1790000600:viewer-1"; credential="nY+/="; credential-type="password"';
const SERVER = { urls: 'turn:turn.test:3478?transport=udp', username: '1790000600:viewer-1', credential: 'nY+/=' };

it.each([
  ['no header', null, []],
  ['nothing', '', []],
  ['STUN', '<stun:stun.test>; rel="ice-server"', [{ urls: 'stun:stun.test' }]],
  ['TURN', TURN, [SERVER]],
  ['several', `<stun:stun.test>; rel=ice-server, ${TURN},${TURN}`, [{ urls: 'stun:stun.test' }, SERVER, SERVER]],
  ['what else is linked to', `</style.css>; rel=preload; as=style, ${TURN}, <https://a.test/>; rel="ice-server"`, [SERVER]],
  ['a comma and a quote in a value', '<turn:turn.test>;rel="ice-server";username="a,\\"b\\"; rel=no";credential=c', [{ urls: 'turn:turn.test', username: 'a,"b"; rel=no', credential: 'c' }]],
  ['a name twice', '<turn:turn.test>; rel="ice-server"; username=a; credential=c; username=b', [{ urls: 'turn:turn.test', username: 'a', credential: 'c' }]],
  ['TURN without a credential', '<turn:turn.test>; rel="ice-server"; username=a', []],
  ['a credential of another kind', '<turn:turn.test>; rel="ice-server"; username=a; credential=b; credential-type=oauth', []],
  ['a link that does not end', '<turn:turn.test; rel="ice-server', []],
  ['too many', Array.from({ length: 20 }, () => '<stun:stun.test>; rel=ice-server').join(', '), Array.from({ length: 8 }, () => ({ urls: 'stun:stun.test' }))],
])('reads %s', (_, header, servers) => {
  expect(iceServersIn(header)).toEqual(servers);
});
