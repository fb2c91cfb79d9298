import { beforeEach, expect, test } from 'vitest';
import { Dialogue } from './dialogue.ts';
import { PtzHead } from './head.ts';

let nowMs: number;
let head: PtzHead;
let dialogue: Dialogue;
let heard: string[];

beforeEach(() => {
  nowMs = 1_000;
  head = new PtzHead(nowMs);
  dialogue = new Dialogue(head);
  heard = [];
});

test('a drive is acknowledged and complete at once, a move completes when it arrives', () => {
  say('81 01 06 01 08 08 02 03 ff');
  expect(taken()).toEqual(['9041ff', '9051ff']);
  pass(500);
  say('81 01 06 02 18 14 00 00 00 00 00 00 00 00 ff');
  expect(taken()).toEqual(['9041ff']);
  pass(2_000);
  expect(taken()).toEqual(['9051ff']);
  say('81 09 06 12 ff');
  expect(taken()).toEqual(['90500000000000000000ff']);
});

test('two sockets, then the buffer is full; a stop gets through all the same', () => {
  say('81 01 06 02 01 01 00 01 00 00 00 00 00 00 ff');
  say('81 01 04 47 04 00 00 00 ff');
  expect(taken()).toEqual(['9041ff', '9042ff']);
  say('81 01 04 3f 01 01 ff');
  expect(taken()).toEqual(['9060' + '03ff']);
  say('81 01 06 01 01 01 03 03 ff');
  expect(taken()).toEqual(['9051ff', '9041ff', '9051ff']);
});

test('a cancelled move stops, says so, and gives no completion', () => {
  say('81 01 06 02 18 14 00 02 00 00 00 00 00 00 ff');
  pass(300);
  taken();
  say('81 21 ff');
  pass(1_500);
  expect(taken()).toEqual(['906104ff']);
  expect(head.moving).toBe(false);
  expect(head.viewport().panDeg).toBeLessThan(30);
  say('81 21 ff');
  expect(taken()).toEqual(['906105ff']);
});

test('presets are kept and come back; an empty one and one of the menu are not executable', () => {
  say('81 01 06 02 18 14 00 00 09 00 00 00 02 00 ff');
  pass(2_000);
  say('81 01 04 3f 01 03 ff');
  say('81 01 06 04 ff');
  pass(2_000);
  expect(head.steps()).toMatchObject({ pan: 0, tilt: 0 });
  taken();
  say('81 01 04 3f 02 03 ff');
  pass(2_000);
  expect(taken()).toEqual(['9041ff', '9051ff']);
  expect(head.steps()).toMatchObject({ pan: 0x90, tilt: 0x20 });
  say('81 01 04 3f 02 04 ff');
  say('81 01 04 3f 01 5f ff');
  expect(taken()).toEqual(['906141ff', '906141ff']);
});

test('switched off it refuses to move and still says that it is off', () => {
  say('81 01 04 00 03 ff');
  taken();
  say('81 01 06 04 ff');
  say('81 09 04 00 ff');
  expect(taken()).toEqual(['906141ff', '905003ff']);
});

test('nonsense is a syntax error, another address is left alone', () => {
  say('81 55 aa ff');
  say('83 01 06 04 ff');
  expect(taken()).toEqual(['906002ff']);
});

function say(hex: string): void {
  head.tick(nowMs);
  dialogue.receive(Buffer.from(hex.replaceAll(' ', ''), 'hex'), (frame) => heard.push(frame.toString('hex')));
}

function pass(ms: number): void {
  for (const end = nowMs + ms; nowMs < end; ) head.tick((nowMs += 20));
}

function taken(): string[] {
  return heard.splice(0);
}
