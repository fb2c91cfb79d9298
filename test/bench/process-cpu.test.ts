import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cpuSecondsOfTree, parseStat } from './process-cpu.ts';

test('reads a stat line whose name is awkward', () => {
  const line = '4711 (a) (b c) S 42 4711 4711 0 -1 4194304 900 800 0 0 150 50 30 20 20 0 1 0 1234 5 6\n';
  expect(parseStat(line)).toEqual({ pid: 4711, parent: 42, ticks: 250 });
});

test('adds up a tree and leaves others out', () => {
  const processes = [
    { pid: 1, parent: 0, ticks: 900 },
    { pid: 10, parent: 1, ticks: 100 },
    { pid: 11, parent: 10, ticks: 200 },
    { pid: 12, parent: 11, ticks: 50 },
    { pid: 20, parent: 1, ticks: 700 },
  ];
  expect(cpuSecondsOfTree(10, processes)).toBe(3.5);
});

test('counts a child of this process that has ended', () => {
  const before = cpuSecondsOfTree(process.pid);
  execFileSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000);']);
  expect(cpuSecondsOfTree(process.pid) - before).toBeGreaterThan(0.2);
});
