import { expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { PackagerSlot } from './packager-slot.ts';
import { Room } from './room.ts';

function open() {
  const clock = manualClock(1_790_000_000_000);
  const room = new Room('room-1', clock);
  const made: string[][] = [];
  const slot = new PackagerSlot(room, () => {
    const told: string[] = [];
    made.push(told);
    return { name: 'test', write: () => void told.push('packet'), discontinuity: () => void told.push('seam'), close: () => void told.push('over') };
  });
  room.attach(slot);
  const publish = () => room.publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
  const wait = (ms: number): void => {
    clock.advanceMs(ms);
    slot.tick();
  };
  return { slot, made, publish, wait };
}

it('goes on with the class of a publisher whose connection broke, for half a minute', () => {
  const { made, publish, wait } = open();
  publish().end();
  wait(29_000);
  publish().end();
  wait(30_001);
  publish();
  expect(made).toEqual([['seam', 'over'], []]);
});

it('begins anew for the class that follows one that is over, however soon', () => {
  const { made, publish, wait } = open();
  publish().end({ classOver: true });
  wait(1_000);
  wait(1_000);
  publish();
  expect(made).toEqual([['over'], []]);
});

it('tells who asks late that a class has ended, for five minutes', () => {
  const { slot, publish, wait } = open();
  publish().end({ classOver: true });
  wait(300_000);
  expect(slot.current).not.toBeNull();
  wait(1);
  expect(slot.current).toBeNull();
});
