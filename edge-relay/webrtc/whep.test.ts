import type { FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { RoomBus } from '../rooms/room-bus.ts';
import { whepEndpoint, type WhepOptions } from './whep.ts';

const VIEWER = { principal: { kind: 'viewer', account: 'amy', room: 'room-1' } } as FastifyRequest<{ Params: { room: string } }>;

function open() {
  const bus = new RoomBus(manualClock(1_790_000_000_000), () => undefined);
  // Nobody gets further than that here.
  const admit = (): Promise<never> => Promise.reject(new Error('at the turnstile'));
  const whep = whepEndpoint({ bus, admit } as unknown as WhepOptions);
  const publish = () => bus.room('room-1').publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
  return { publish, ask: () => whep.answer(VIEWER, 'v=0', new AbortController().signal) };
}

it('lets viewers wait for a publisher whose connection broke', async () => {
  const { publish, ask } = open();
  publish().end();
  await expect(ask()).rejects.toThrow('at the turnstile');
});

it('lets nobody wait where the class is over, or none has begun', async () => {
  const { publish, ask } = open();
  await expect(ask()).rejects.toMatchObject({ code: 'not_live', status: 409 });
  publish().end({ classOver: true });
  await expect(ask()).rejects.toMatchObject({ code: 'not_live' });
});
