import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startChild } from './child.ts';

const running = (): AbortSignal => new AbortController().signal;

describe('startChild', () => {
  it('keeps the last words and the code', async () => {
    const child = startChild('sh', ['-c', 'echo "no such device" >&2; exit 3'], { signal: running(), name: 'words' });
    expect(await child.exited).toEqual({ code: 3, signal: null, lastWords: 'no such device' });
  });

  it('answers for a command that does not exist', async () => {
    const { code, lastWords } = await startChild('/no/such/command', [], { signal: running(), name: 'none' }).exited;
    expect(code).toBe(127);
    expect(lastWords).toContain('/no/such/command');
  });

  it('kills a child that ignores the polite signal', async () => {
    const stop = new AbortController();
    const child = startChild('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'], {
      signal: stop.signal,
      name: 'stubborn',
      stdio: ['ignore', 'pipe', 'pipe'],
      killAfterMs: 50,
    });
    child.process.stdout?.once('data', () => stop.abort());
    expect((await child.exited).signal).toBe('SIGKILL');
  });

  it('takes the child along when the parent is killed', async () => {
    const parent = startChild(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { startChild } from ${JSON.stringify(new URL('./child.ts', import.meta.url).href)};
         const child = startChild('sleep', ['60'], { signal: new AbortController().signal, name: 'grandchild' });
         console.log(child.process.pid);`,
      ],
      { signal: running(), name: 'parent', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const grandchild = await new Promise<number>((resolve) => {
      parent.process.stdout?.once('data', (text: Buffer) => resolve(Number(text.toString())));
    });
    expect(isAlive(grandchild)).toBe(true);
    parent.process.kill('SIGKILL');
    await parent.exited;
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });
});

/** A process that was killed may stay a zombie for as long as init does not collect it: dead all the same. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
