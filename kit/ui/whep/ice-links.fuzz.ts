import type { FuzzTarget } from '../../testing/fuzz.ts';
import { iceServersIn } from './ice-links.ts';

const SEEDS = [
  '<stun:stun.test>; rel="ice-server", <turn:turn.test:3478?transport=udp>; rel="ice-server"; username="1790000600:viewer"; credential="nY+/="; credential-type="password"',
  '</a>; rel=preload; as="a,b;\\"c\\"", <turns:turn.test>;rel=ice-server;username=a;credential=b',
];

/** What comes out is what a browser takes without throwing. */
export const iceLinksTarget: FuzzTarget = {
  name: 'ice-links',
  seeds: () => SEEDS.map((seed) => Buffer.from(seed)),
  feed: (input) => {
    for (const { urls, username, credential } of iceServersIn(input.toString('latin1'))) {
      if (!/^(stun|turn)s?:/i.test(urls)) throw new Error(`taken for a server: ${urls}`);
      if (/^turn/i.test(urls) && (username === undefined || credential === undefined)) throw new Error('a TURN server without a credential');
    }
  },
};
