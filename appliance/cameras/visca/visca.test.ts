import { describe, expect, it } from 'vitest';
import type { CameraCommand, Velocity } from '../ptz-camera.ts';
import * as commands from './commands.ts';
import { FrameReader, lastFrameIn } from './frame-reader.ts';
import { questionBytes } from './inquiries.ts';
import { resetSequence, unwrap, wrap } from './over-ip.ts';
import { driving, plan } from './plan.ts';
import { magnificationAt, positionFor, PROFILES, profileOf } from './profiles.ts';
import { panTiltOf, parseReply, switchOf, versionOf, zoomPositionOf } from './reply.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const spaced = (bytes: Buffer): string => bytes.toString('hex').replaceAll(/(..)(?!$)/g, '$1 ');
const generic = PROFILES.generic;

describe('commands', () => {
  it.each<[string, Partial<Velocity>, string, string]>([
    ['full right and up, out gently', { pan: 1, tilt: 1, zoom: -0.3 }, '81 01 06 01 18 14 02 01 ff', '81 01 04 07 32 ff'],
    ['half left, full in', { pan: -0.5, zoom: 1 }, '81 01 06 01 0c 01 01 03 ff', '81 01 04 07 27 ff'],
    ['slowest down', { tilt: -0.03 }, '81 01 06 01 01 01 03 02 ff', '81 01 04 07 00 ff'],
    ['beyond full speed', { pan: 9, tilt: -9 }, '81 01 06 01 18 14 02 02 ff', '81 01 04 07 00 ff'],
    ['stop', {}, '81 01 06 01 01 01 03 03 ff', '81 01 04 07 00 ff'],
  ])('drive: %s', (_name, velocity, head, lens) => {
    const packets = driving({ pan: 0, tilt: 0, zoom: 0, ...velocity }, generic);
    expect(packets.map(({ bytes }) => spaced(bytes))).toEqual([head, lens]);
  });

  it.each<[CameraCommand, string[]]>([
    [{ type: 'home' }, ['81 01 06 04 ff']],
    [{ type: 'move-to', panDeg: -10, tiltDeg: 5 }, ['81 01 06 02 18 14 0f 0f 07 00 00 00 04 08 ff']],
    [{ type: 'move-to', panDeg: 0, tiltDeg: 0, zoom: 20, speed: 0.5 }, ['81 01 06 02 0c 0a 00 00 00 00 00 00 00 00 ff', '81 01 04 47 04 00 00 00 ff']],
    [{ type: 'move-by', panDeg: 1, tiltDeg: -1 }, ['81 01 06 03 18 14 00 00 00 0e 0f 0f 0f 02 ff']],
    [{ type: 'move-by', panDeg: 0, tiltDeg: 0, zoom: 1 }, ['81 01 04 47 00 00 00 00 ff']],
    [{ type: 'preset-save', preset: '3' }, ['81 01 04 3f 01 03 ff']],
    [{ type: 'preset-recall', preset: '254' }, ['81 01 04 3f 02 fe ff']],
    [{ type: 'preset-clear', preset: '0' }, ['81 01 04 3f 00 00 ff']],
    [{ type: 'focus', mode: 'auto' }, ['81 01 04 38 02 ff']],
    [{ type: 'focus', mode: 'one-push' }, ['81 01 04 38 03 ff', '81 01 04 18 01 ff']],
    [{ type: 'focus-drive', speed: 1 }, ['81 01 04 08 27 ff']],
    [{ type: 'focus-drive', speed: -0.1 }, ['81 01 04 08 31 ff']],
    [{ type: 'focus-drive', speed: 0 }, ['81 01 04 08 00 ff']],
    [{ type: 'exposure', mode: 'auto' }, ['81 01 04 39 00 ff']],
    [{ type: 'exposure', mode: 'manual', iris: 1, gain: 0, shutter: 0.5 }, ['81 01 04 39 03 ff', '81 01 04 4b 00 00 01 01 ff', '81 01 04 4c 00 00 00 01 ff', '81 01 04 4a 00 00 00 0b ff']],
    [{ type: 'exposure', mode: 'brighter' }, ['81 01 04 3e 02 ff', '81 01 04 0e 02 ff']],
    [{ type: 'exposure', mode: 'darker' }, ['81 01 04 3e 02 ff', '81 01 04 0e 03 ff']],
    [{ type: 'exposure', mode: 'reset' }, ['81 01 04 0e 00 ff']],
    [{ type: 'white-balance', mode: 'outdoor' }, ['81 01 04 35 02 ff']],
    [{ type: 'white-balance', mode: 'one-push' }, ['81 01 04 35 03 ff', '81 01 04 10 05 ff']],
    [{ type: 'backlight', on: true }, ['81 01 04 33 02 ff']],
    [{ type: 'power', on: false }, ['81 01 04 00 03 ff']],
    [{ type: 'infrared', on: false }, ['81 01 06 08 03 ff']],
    [{ type: 'tally', state: 'program' }, ['81 01 7e 01 0a 00 02 ff']],
    [{ type: 'tally', state: 'off' }, ['81 01 7e 01 0a 00 03 ff']],
    [
      { type: 'limits', limits: { minPanDeg: -10, maxPanDeg: 10, minTiltDeg: -5, maxTiltDeg: 5 } },
      ['81 01 06 07 00 01 00 00 09 00 00 00 04 08 ff', '81 01 06 07 00 00 0f 0f 07 00 0f 0f 0b 08 ff'],
    ],
    [{ type: 'limits', limits: null }, ['81 01 06 07 01 01 07 0f 0f 0f 07 0f 0f 0f ff', '81 01 06 07 01 00 07 0f 0f 0f 07 0f 0f 0f ff']],
  ])('%j', (command, expected) => {
    expect(plan(command, generic, 4).map(({ bytes }) => spaced(bytes))).toEqual(expected);
  });

  it('speaks each maker’s own way', () => {
    const said = (command: CameraCommand, id: keyof typeof PROFILES): string[] => plan(command, PROFILES[id], 5).map(({ bytes }) => spaced(bytes));
    expect(said({ type: 'move-to', panDeg: -170, tiltDeg: 200 }, 'sony-x')).toEqual(['81 01 06 02 18 14 0f 0d 0e 00 00 01 02 00 00 ff']);
    expect(said({ type: 'tally', state: 'preview' }, 'sony-x')).toEqual(['81 01 7e 01 0a 00 03 ff', '81 01 7e 04 1a 00 02 ff']);
    expect(said({ type: 'tally', state: 'preview' }, 'ptzoptics')).toEqual(['81 0a 02 02 01 ff']);
    expect(() => said({ type: 'tally', state: 'preview' }, 'sony')).toThrow(/no "tally preview"/);
    expect(() => said({ type: 'preset-recall', preset: '16' }, 'sony')).toThrow(/0 to 15/);
    for (const preset of ['95', '255', '-1', 'x', '', '1.5']) expect(() => said({ type: 'preset-save', preset }, 'generic')).toThrow(/0 to 89 or 100 to 254/);
  });

  it('cancels and clears', () => {
    expect([spaced(commands.cancel(2)), spaced(commands.interfaceClear())]).toEqual(['81 22 ff', '81 01 00 01 ff']);
  });

  it.each([
    ['where', '81 09 06 12 ff'],
    ['how-near', '81 09 04 47 ff'],
    ['version', '81 09 00 02 ff'],
    ['power', '81 09 04 00 ff'],
    ['focus', '81 09 04 38 ff'],
  ] as const)('asks %s', (topic, expected) => {
    expect(spaced(questionBytes(topic))).toBe(expected);
  });
});

describe('replies', () => {
  it.each([
    ['90 41 ff', { type: 'ack', socket: 1 }],
    ['a0 42 ff', { type: 'ack', socket: 2 }],
    ['90 51 ff', { type: 'completion', socket: 1 }],
    ['90 60 02 ff', { type: 'error', socket: 0, reason: 'syntax' }],
    ['90 60 03 ff', { type: 'error', socket: 0, reason: 'buffer-full' }],
    ['90 61 04 ff', { type: 'error', socket: 1, reason: 'cancelled' }],
    ['90 62 05 ff', { type: 'error', socket: 2, reason: 'no-socket' }],
    ['90 61 41 ff', { type: 'error', socket: 1, reason: 'not-executable' }],
    ['90 61 77 ff', { type: 'error', socket: 1, reason: 'unknown' }],
    ['90 ff', null],
    ['90 38 ff', null],
  ])('%s', (bytes, expected) => {
    expect(parseReply(hex(bytes))).toEqual(expected);
  });

  it('reads positions, of four nibbles and of five', () => {
    const answer = parseReply(hex('90 50 0f 0f 07 00 00 00 09 00 ff'));
    expect(answer?.type === 'answer' ? panTiltOf(answer.data) : null).toEqual({ pan: -144, tilt: 144, panNibbles: 4 });
    expect(panTiltOf(hex('0f 0d 0e 00 00 00 02 00 00'))).toEqual({ pan: -8_704, tilt: 512, panNibbles: 5 });
    expect(panTiltOf(hex('0f 0f 07 10 00 00 09 00'))).toBeNull();
    expect(panTiltOf(hex('0f 0f 07'))).toBeNull();
  });

  it('reads zoom, switches and versions', () => {
    expect(zoomPositionOf(hex('04 00 00 00'))).toBe(0x4000);
    expect(zoomPositionOf(hex('44 00 00 00'))).toBeNull();
    expect([switchOf(hex('02')), switchOf(hex('03')), switchOf(hex('04')), switchOf(hex('02 02'))]).toEqual([true, false, null, null]);
    expect(versionOf(hex('00 01 05 1c 01 23 02'))).toEqual({ vendor: 1, model: 0x051c, firmware: 0x0123 });
    expect(versionOf(hex('00 01'))).toBeNull();
  });
});

describe('profiles', () => {
  it.each([
    [{ vendor: 0x0001, model: 0x051c }, 'sony-x'],
    [{ vendor: 0x0001, model: 0x0511 }, 'sony'],
    // Others borrow Sony's number.
    [{ vendor: 0x0001, model: 0x0505 }, null],
    [{ vendor: 0x0220, model: 0x0510 }, 'ptzoptics'],
    [{ vendor: 0x4321, model: 0x0511 }, null],
  ])('knows %j as %s', (version, id) => {
    expect(profileOf(version)).toBe(id);
  });

  it.each([
    [1, 0],
    [2, 0x16a1],
    [15.5, 0x3a74],
    [30, 0x4000],
    [99, 0x4000],
    [0.5, 0],
  ])('magnification %d is position %d of a 30 times lens, and back', (magnification, position) => {
    expect(positionFor(magnification, PROFILES.sony)).toBe(position);
    expect(magnificationAt(position, PROFILES.sony)).toBeCloseTo(Math.min(30, Math.max(1, magnification)), 1);
  });
});

describe('the frame reader', () => {
  it('finds frames that arrive split, joined and between noise', () => {
    const stream = hex('00 13 90 41 ff 90 51 ff 42 90 50 00 00 00 00 ff 90');
    for (let size = 1; size <= stream.length; size++) {
      const reader = new FrameReader();
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) frames.push(...reader.push(stream.subarray(at, at + size)));
      expect(frames.map((frame) => frame.toString('hex'))).toEqual(['9041ff', '9051ff', '905000000000ff']);
    }
  });

  it('drops what grows longer than a frame can be, and goes on', () => {
    const reader = new FrameReader();
    expect(reader.push(Buffer.alloc(1_000, 0x90))).toEqual([]);
    expect(reader.push(Buffer.from([0xff, ...hex('90 41 ff')])).at(-1)).toEqual(hex('90 41 ff'));
  });

  it('finds a frame behind noise that looks like a beginning', () => {
    const [frame] = new FrameReader().push(hex('a0 13 90 41 ff'));
    expect(lastFrameIn(frame ?? Buffer.alloc(0))).toEqual(hex('90 41 ff'));
  });
});

describe('over IP', () => {
  it('wraps commands, inquiries and the reset of the sequence', () => {
    expect(wrap(hex('81 01 06 04 ff'), 5)).toEqual(hex('01 00 00 05 00 00 00 05 81 01 06 04 ff'));
    expect(wrap(questionBytes('how-near'), 0x1_0000_0001)).toEqual(hex('01 10 00 05 00 00 00 01 81 09 04 47 ff'));
    expect(resetSequence()).toEqual(hex('02 00 00 01 00 00 00 00 01'));
  });

  it.each([
    ['01 11 00 03 00 00 00 05 90 41 ff', { type: 'reply', sequence: 5, payload: hex('90 41 ff') }],
    ['02 01 00 02 00 00 00 05 0f 01', { type: 'sequence-error', sequence: 5 }],
    ['02 01 00 01 00 00 00 00 01', { type: 'control' }],
    ['01 11 00 09 00 00 00 05 90 41 ff', { type: 'other' }],
    ['90 41 ff', { type: 'other' }],
  ])('unwraps %s', (bytes, expected) => {
    expect(unwrap(hex(bytes))).toEqual(expected);
  });
});
