import { CodedError } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import { expect, it, vi } from 'vitest';
import type { Macro } from '../contract/macros.ts';
import { Choreography } from './choreography.ts';

const WAIT = { timeout: 20_000 };
const log = createLog('test');
log.level = 'silent';
const tile = (source: string) => ({ source, x: 0, y: 0, width: 1, height: 1 });
const layouts = [{ id: 'camera', tiles: [tile('camera')] }, { id: 'slides', tiles: [tile('slides')] }];
const board: Macro = { id: 'board', name: 'Board', steps: [{ type: 'view', camera: 'camera', preset: '1' }] };
const table: Macro = { id: 'table', name: 'Demo table', steps: [{ type: 'view', camera: 'camera', preset: '2' }] };

/** A live class showing the camera; the head stands still when `arrive` is called. */
function room(macros: Macro[] = [board, table]) {
  const did: string[] = [];
  const now = { layout: 'camera', refuses: false };
  let arrive: () => void = () => undefined;
  const choreography = new Choreography({ macros: () => macros, setMacros: (changed) => (macros = [...changed]) }, {
    facts: () => ({ live: true, layout: now.layout, layouts, pictures: ['camera', 'slides'], sourceOf: (camera) => camera, isThere: () => false }),
    cameras: {
      view: async (_camera, preset) => {
        did.push(`view ${preset}`);
        if (now.refuses) throw new CodedError('camera_unreachable', 'The camera does not answer.', { status: 503 });
      },
      standsStill: (_camera, _withinMs, signal) =>
        new Promise((resolve) => {
          arrive = () => resolve(true);
          signal.addEventListener('abort', () => resolve(false), { once: true });
          if (now.refuses) resolve(false);
        }),
      hasPreset: (_camera, preset) => ['1', '2'].includes(preset),
    },
    cover: (layout) => void (did.push(`cover ${layout}`), (now.layout = layout)),
    cut: ({ id }) => void (did.push(`cut ${id}`), (now.layout = id)),
    sound: ({ type }) => void did.push(type),
    log,
  });
  return { choreography, did, now, arrive: () => arrive() };
}

const until = (did: string[], what: string) => vi.waitFor(() => expect(did.at(-1)).toBe(what), WAIT);

it('shows the slides until the head stands still, then the camera again', async () => {
  const { choreography, did, arrive } = room();
  choreography.run('board');
  expect(choreography.state().running).toBe('board');
  await until(did, 'view 1');
  await vi.waitFor(() => {
    arrive();
    expect(did).toEqual(['cover slides', 'view 1', 'cut camera']);
  }, WAIT);
  await vi.waitFor(() => expect(choreography.state()).toMatchObject({ running: null, problem: '' }), WAIT);
});

it('leaves the layout to whoever chose one meanwhile', async () => {
  const { choreography, did } = room();
  choreography.run('board');
  await until(did, 'view 1');
  choreography.layoutChosen();
  await Promise.resolve();
  expect([did.at(-1), choreography.state().running]).toEqual(['view 1', null]);
});

it('gives the picture back at once to whoever takes the camera meanwhile', async () => {
  const { choreography, did } = room();
  choreography.run('board');
  await until(did, 'view 1');
  choreography.cameraTouched();
  expect([did.at(-1), choreography.state().running]).toEqual(['cut camera', null]);
});

it('goes from one macro over to the next without showing the travel, and ends where it began', async () => {
  const { choreography, did, arrive } = room();
  choreography.run('board');
  await until(did, 'view 1');
  choreography.run('table');
  await vi.waitFor(() => {
    arrive();
    expect(did).toEqual(['cover slides', 'view 1', 'view 2', 'cut camera']);
  }, WAIT);
});

it('comes back to the camera when the head does not take it, and says why', async () => {
  const { choreography, did, now } = room();
  now.refuses = true;
  choreography.run('board');
  await until(did, 'cut camera');
  await vi.waitFor(() => expect(choreography.state()).toMatchObject({ running: null, problem: 'The camera does not answer.' }), WAIT);
});

it('keeps its book in order', () => {
  const { choreography } = room([board]);
  expect(() => choreography.run('gone')).toThrow(/no scene/);
  expect(() => choreography.put({ ...table, steps: [{ type: 'view', camera: 'camera', preset: '9' }] })).toThrow(/no saved view/);
  expect(() => choreography.put({ ...table, steps: [{ type: 'layout', id: 'attic' }] })).toThrow(/no layout/);
  choreography.put(table);
  choreography.put({ ...board, name: 'Blackboard' });
  choreography.remove('table');
  expect(choreography.state().list).toEqual([{ id: 'board', name: 'Blackboard' }]);
  for (let n = 0; n < 11; n += 1) choreography.put({ ...board, id: `b${n}` });
  expect(() => choreography.put({ ...board, id: 'one-more' })).toThrow(/at most/);
});
