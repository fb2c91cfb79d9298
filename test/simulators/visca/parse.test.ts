import { expect, test } from 'vitest';
import { FrameSplitter } from './frames.ts';
import { parse, type Request } from './parse.ts';

const cases: readonly [name: string, hex: string, expected: Request][] = [
  ['drive up and left', '81 01 06 01 18 14 01 01 ff', action({ kind: 'drive', panSpeed: 24, tiltSpeed: 20, right: -1, up: 1 })],
  ['drive down and right', '81 01 06 01 01 02 02 02 ff', action({ kind: 'drive', panSpeed: 1, tiltSpeed: 2, right: 1, up: -1 })],
  ['stop', '81 01 06 01 01 01 03 03 ff', action({ kind: 'drive', panSpeed: 1, tiltSpeed: 1, right: 0, up: 0 })],
  [
    'absolute, negative pan',
    '81 01 06 02 18 14 0f 0f 0e 00 00 00 02 00 ff',
    action({ kind: 'move-to', panSpeed: 24, tiltSpeed: 20, pan: -32, tilt: 32 }),
  ],
  ['relative', '81 01 06 03 10 10 00 00 01 00 0f 0f 0f 0f ff', action({ kind: 'move-by', panSpeed: 16, tiltSpeed: 16, pan: 16, tilt: -1 })],
  ['home', '81 01 06 04 ff', action({ kind: 'home' })],
  ['zoom stop', '81 01 04 07 00 ff', action({ kind: 'zoom-drive', direction: 0, speed: 0 })],
  ['zoom in at 5', '81 01 04 07 25 ff', action({ kind: 'zoom-drive', direction: 1, speed: 5 })],
  ['zoom out, standard', '81 01 04 07 03 ff', action({ kind: 'zoom-drive', direction: -1, speed: 4 })],
  ['zoom direct', '81 01 04 47 04 00 00 00 ff', action({ kind: 'zoom-to', position: 0x4000 })],
  ['preset recall', '81 01 04 3f 02 07 ff', action({ kind: 'preset', verb: 'recall', number: 7 })],
  ['power off', '81 01 04 00 03 ff', action({ kind: 'power', on: false })],
  ['auto focus', '81 01 04 38 02 ff', action({ kind: 'setting', name: 'focus', value: 2 })],
  ['manual iris', '81 01 04 4b 00 00 01 01 ff', action({ kind: 'setting', name: 'iris', value: 17 })],
  ['PTZOptics tally', '81 0a 02 02 01 ff', action({ kind: 'setting', name: 'tally-lamp', value: 1 })],
  ['a corner', '81 01 06 07 00 01 00 00 09 00 0f 0f 0f 0f ff', action({ kind: 'limit', corner: 'up-right', at: { pan: 144, tilt: -1 } })],
  ['no corner', '81 01 06 07 01 00 07 0f 0f 0f 07 0f 0f 0f ff', action({ kind: 'limit', corner: 'down-left', at: null })],
  ['absolute, five nibbles of pan', '81 01 06 02 18 14 0f 0d 0e 00 00 00 02 00 00 ff', action({ kind: 'move-to', panSpeed: 24, tiltSpeed: 20, pan: -8704, tilt: 512 })],
  ['a white balance that is none', '81 01 04 35 09 ff', { type: 'syntax-error' }],
  ['tally', '81 01 7e 01 0a 00 02 ff', action({ kind: 'setting', name: 'tally-red', value: 2 })],
  ['version', '81 09 00 02 ff', { type: 'inquiry', of: 'version' }],
  ['position', '81 09 06 12 ff', { type: 'inquiry', of: 'pan-tilt' }],
  ['zoom position', '81 09 04 47 ff', { type: 'inquiry', of: 'zoom' }],
  ['cancel socket 2', '81 22 ff', { type: 'cancel', socket: 2 }],
  ['interface clear', '88 01 00 01 ff', { type: 'interface-clear', broadcast: true }],
  ['address set', '88 30 01 ff', { type: 'address-set' }],
  ['another camera', '82 01 06 04 ff', { type: 'other-address' }],
  ['a direction that is none', '81 01 06 01 01 01 04 03 ff', { type: 'syntax-error' }],
  ['a nibble that is none', '81 01 04 47 14 00 00 00 ff', { type: 'syntax-error' }],
  ['too short', '81 01 06 01 01 ff', { type: 'syntax-error' }],
  ['an unknown inquiry', '81 09 77 ff', { type: 'syntax-error' }],
  ['a reply', '90 41 ff', { type: 'syntax-error' }],
  ['nothing', 'ff', { type: 'syntax-error' }],
];

test.each(cases)('reads %s', (_name, hex, expected) => {
  expect(parse(bytes(hex))).toEqual(expected);
});

test('frames arrive split and joined', () => {
  const stream = bytes('81 01 06 04 ff 81 09 06 12 ff');
  for (let size = 1; size <= stream.length; size++) {
    const splitter = new FrameSplitter();
    const frames: string[] = [];
    for (let at = 0; at < stream.length; at += size) frames.push(...splitter.push(stream.subarray(at, at + size)).map((frame) => frame.toString('hex')));
    expect(frames).toEqual(['81010604ff', '81090612ff']);
  }
});

test('a word without an end takes no memory and is a syntax error', () => {
  const splitter = new FrameSplitter();
  expect(splitter.push(Buffer.alloc(100_000, 1))).toEqual([]);
  const [frame] = splitter.push(bytes('ff'));
  expect(frame?.length).toBe(16);
  expect(parse(frame ?? Buffer.alloc(0))).toEqual({ type: 'syntax-error' });
});

function action(value: Extract<Request, { type: 'action' }>['action']): Request {
  return { type: 'action', action: value };
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}
