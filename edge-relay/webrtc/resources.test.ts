import { expect, it } from 'vitest';
import type { Peer, PeerState } from '#kit/webrtc/types.ts';
import { Resources } from './resources.ts';

function peerIn(state: PeerState) {
  const listeners: (() => void)[] = [];
  const peer = { state, on: (_event: string, listener: () => void) => void listeners.push(listener), close: () => listeners.forEach((listener) => listener()) };
  return peer as unknown as Peer;
}

it('keeps eight monitors of one room, connected or not', () => {
  const resources = new Resources();
  const add = (room: string, state: PeerState): string => {
    const resource = resources.add(room, 'monitor:box', peerIn(state));
    resources.boundMonitors(resource);
    return resource.id;
  };
  add('room-2', 'connected');
  const monitors = Array.from({ length: 10 }, (_, count) => add('room-1', count % 2 === 0 ? 'connected' : 'connecting'));
  expect(resources.size).toBe(1 + 8);
  for (const id of monitors.slice(2)) expect(resources.demand(id, 'room-1', 'monitor:box').id).toBe(id);
});

it('ends what a publisher sends and looks at, and nobody else\'s', () => {
  const resources = new Resources();
  for (const owner of ['publisher:box', 'monitor:box', 'publisher:other', 'account:box']) resources.add('room-1', owner, peerIn('connected'));
  resources.dismiss('box', 'revoked');
  expect(resources.size).toBe(2);
});

it('keeps eight of one owner\'s sessions that have not connected, and all that have', () => {
  const resources = new Resources();
  const add = (owner: string, state: PeerState): string => {
    const resource = resources.add('room-1', owner, peerIn(state));
    resources.boundConnecting(resource);
    return resource.id;
  };
  const standing = Array.from({ length: 3 }, () => add('publisher:box', 'connected'));
  const others = add('publisher:other', 'connecting');
  const connecting = Array.from({ length: 12 }, () => add('publisher:box', 'connecting'));
  expect(resources.size).toBe(3 + 1 + 8);
  for (const id of [...standing, ...connecting.slice(4)]) expect(resources.demand(id, 'room-1', 'publisher:box').id).toBe(id);
  expect(resources.demand(others, 'room-1', 'publisher:other').id).toBe(others);
});
