import { expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { NO_WAY } from './connection.ts';
import { StreamSwitch } from './stream-switch.ts';

const log = createLog('test');
log.level = 'silent';

/** One box: its memory outlives the process, which `restart` replaces. */
function box(options: { diskFull?: boolean } = {}) {
  const calls: string[] = [];
  let kept: string | null = null;
  let lesson: { id: string | null; phase: string } = { id: 'class-1', phase: 'live' };
  const memory = {
    stoppedStream: () => kept,
    setStoppedStream: (id: string | null) => {
      if (options.diskFull) throw new Error('disk full');
      kept = id;
    },
  };
  const uplink = {
    begin: () => void calls.push('begin'),
    end: async ({ classOver }: { classOver: boolean }) => void calls.push(classOver ? 'end' : 'stop'),
    facts: () => ({ protocol: 'none' as const, bytesSent: 0, problem: '', way: NO_WAY }),
  };
  const start = () => new StreamSwitch({ uplink, memory, lesson: () => lesson, log });
  return { calls, start, teach: (next: typeof lesson) => (lesson = next) };
}

it('stops and sends again by hand', async () => {
  const { calls, start } = box();
  const stream = start();
  await stream.stop();
  expect(stream.facts().way.stopped).toBe(true);
  stream.begin();
  stream.resume();
  expect([calls, stream.stopped]).toEqual([['stop', 'begin'], false]);
});

it('stays stopped over a restart, and sends the next class', async () => {
  const { calls, start, teach } = box();
  await start().stop();
  const again = start();
  again.begin();
  expect([again.stopped, calls]).toEqual([true, ['stop']]);
  teach({ id: 'class-2', phase: 'preparing' });
  again.begin();
  expect([again.stopped, calls]).toEqual([false, ['stop', 'begin']]);
});

it('stops with a full disk too', async () => {
  const { calls, start } = box({ diskFull: true });
  const stream = start();
  await stream.stop();
  stream.begin();
  expect([stream.stopped, calls]).toEqual([true, ['stop']]);
});

it.each([{ id: null, phase: 'idle' }, { id: 'class-1', phase: 'ending' }])('has nothing to stop in %o', async (lesson) => {
  const { start, teach } = box();
  teach(lesson);
  await expect(start().stop()).rejects.toThrow('No class is running');
  expect(() => start().resume()).toThrow('No class is running');
});
