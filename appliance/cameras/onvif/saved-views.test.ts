import { CodedError, codeOf } from '#kit/process/errors.ts';
import { expect, it } from 'vitest';
import type { KeptValues } from './logins.ts';
import type { Preset } from './ptz-status.ts';
import { SavedViews, type PresetMemory } from './saved-views.ts';
import { SoapFault } from './soap.ts';

/** Counts its tokens up from 1, and from 1 again once it was wiped. */
class Memory implements PresetMemory {
  list: Preset[] = [];
  recalled: string[] = [];
  silent = false;

  async presets(): Promise<Preset[]> {
    return this.list;
  }

  async save(token: string | null, name: string): Promise<string | null> {
    if (token !== null && !this.list.some(({ id }) => id === token)) throw new SoapFault(['ter:NoToken'], 'no such token');
    const id = token ?? String(this.list.length + 1);
    this.list = [...this.list.filter((preset) => preset.id !== id), { id, name }];
    return this.silent ? null : id;
  }

  async recall(token: string): Promise<void> {
    if (!this.list.some(({ id }) => id === token)) throw new CodedError('camera_refused', 'no such token');
    this.recalled.push(token);
  }

  async clear(token: string): Promise<void> {
    this.list = this.list.filter(({ id }) => id !== token);
  }
}

function box() {
  const kept = new Map<string, unknown>();
  const values = { get: (name: string) => kept.get(name) ?? null, set: (name: string, value: unknown) => void kept.set(name, value) } as KeptValues;
  return { open: () => new SavedViews(values, 'dome') };
}

it.each([false, true])('lists a view once, by the room’s name for it (the camera keeps its token to itself: %s)', async (silent) => {
  const memory = new Memory();
  memory.silent = silent;
  memory.list = [{ id: '1', name: 'By remote control' }];
  const views = box().open();
  await views.read(memory);
  await views.save('7', 'Board', memory);
  await views.save('7', 'Blackboard', memory);
  expect(views.list()).toEqual([{ id: '1', name: 'By remote control' }, { id: '7', name: 'Blackboard' }]);
  await views.recall('7', memory);
  await views.recall('1', memory);
  expect(memory.recalled).toEqual(['2', '1']);
  await views.clear('7', memory);
  expect(views.list()).toEqual([{ id: '1', name: 'By remote control' }]);
});

it('keeps the name over a wiped memory and a restart of the box, whatever tokens the camera gives then', async () => {
  const memory = new Memory();
  const room = box();
  const before = room.open();
  await before.save('board', 'Board', memory);
  await before.save('table', 'Table', memory);
  memory.list = [];
  const views = room.open();
  // Not read since: it still tries the old token first.
  await views.save('table', undefined, memory);
  expect(memory.list).toEqual([{ id: '1', name: 'Table' }]);
  // The token that the board had is the table's now: the board is not to lead there.
  expect(await views.recall('board', memory).then(() => 'recalled', codeOf)).toBe('camera_refused');
  await before.save('board', undefined, memory);
  await views.recall('table', memory);
  expect(memory.recalled).toEqual(['1']);
});

it('hides a view of the camera’s own whose token is the room’s name for another', async () => {
  const memory = new Memory();
  memory.list = [{ id: 'x', name: 'X' }];
  const views = box().open();
  await views.save('9', 'Nine', memory);
  memory.list = [...memory.list, { id: '9', name: 'Stranger' }];
  await views.read(memory);
  expect(views.list()).toEqual([{ id: 'x', name: 'X' }, { id: '9', name: 'Nine' }]);
});
