import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog } from '#kit/process/log.ts';
import Type from 'typebox';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IpcChild } from './ipc-child.ts';

const log = createLog('test');
log.level = 'silent';
const Says = Type.Object({ type: Type.Literal('echo'), what: Type.String() });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'child-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function childOf(source: string): { child: IpcChild<typeof Says>; heard: string[] } {
  const main = path.join(folder, 'main.ts');
  writeFileSync(main, source);
  const heard: string[] = [];
  const child = new IpcChild({
    name: 'child', main, configFile: 'x', says: Says, log,
    heard: ({ what }) => heard.push(what),
    started: () => child.send({ type: 'hello' }),
  });
  return { child, heard };
}

it('talks both ways, drops what it does not understand, and ends with the signal', async () => {
  const { child, heard } = childOf(`process.on('message', (message) => {
    process.send({ nonsense: true });
    process.send({ type: 'echo', what: message.type });
  });`);
  const stop = new AbortController();
  const running = child.run(stop.signal);
  await vi.waitFor(() => expect(heard).toEqual(['hello']), 10_000);
  stop.abort();
  await running;
  child.send({ type: 'lost' });
});

it('says how a child ended that nobody stopped', async () => {
  const { child } = childOf('process.exit(3);');
  await expect(child.run(new AbortController().signal)).rejects.toMatchObject({ code: 'child_ended', message: 'child ended (exit code 3).' });
});
