import { describe, expect, it } from 'vitest';
import * as commands from './commands.ts';
import { FrameReader } from './frame-reader.ts';
import { resetSequence, unwrap, wrap } from './over-ip.ts';
import { panTiltOf, parseReply, zoomOf } from './reply.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('commands', () => {
  it.each([
    ['home', commands.home(), '81 01 06 04 ff'],
    ['clear', commands.interfaceClear(), '81 01 00 01 ff'],
    ['save preset 3', commands.savePreset(3), '81 01 04 3f 01 03 ff'],
    ['recall preset 254', commands.recallPreset(254), '81 01 04 3f 02 fe ff'],
    ['where', commands.panTiltInquiry(), '81 09 06 12 ff'],
    ['how near', commands.zoomInquiry(), '81 09 04 47 ff'],
    ['full right and up', commands.panTiltDrive({ pan: 1, tilt: 1 }), '81 01 06 01 18 14 02 01 ff'],
    ['half left', commands.panTiltDrive({ pan: -0.5, tilt: 0 }), '81 01 06 01 0c 01 01 03 ff'],
    ['slowest down', commands.panTiltDrive({ pan: 0, tilt: -0.03 }), '81 01 06 01 01 01 03 02 ff'],
    ['beyond full speed', commands.panTiltDrive({ pan: 9, tilt: -9 }), '81 01 06 01 18 14 02 02 ff'],
    ['stop', commands.panTiltDrive({ pan: 0, tilt: 0 }), '81 01 06 01 01 01 03 03 ff'],
    ['zoom in', commands.zoomDrive(1), '81 01 04 07 27 ff'],
    ['zoom out gently', commands.zoomDrive(-0.3), '81 01 04 07 32 ff'],
    ['zoom stop', commands.zoomDrive(0), '81 01 04 07 00 ff'],
  ])('%s', (_name, bytes, expected) => {
    expect(bytes).toEqual(hex(expected));
  });
});

describe('replies', () => {
  it.each([
    ['90 41 ff', { type: 'ack' }],
    ['a0 42 ff', { type: 'ack' }],
    ['90 51 ff', { type: 'completion' }],
    ['90 60 02 ff', { type: 'error', reason: 'syntax' }],
    ['90 60 03 ff', { type: 'error', reason: 'buffer-full' }],
    ['90 61 04 ff', { type: 'error', reason: 'cancelled' }],
    ['90 61 41 ff', { type: 'error', reason: 'not-executable' }],
    ['90 61 77 ff', { type: 'error', reason: 'unknown' }],
    ['90 ff', null],
    ['90 38 ff', null],
  ])('%s', (bytes, expected) => {
    expect(parseReply(hex(bytes))).toEqual(expected);
  });

  it('reads positions, negative ones too', () => {
    const answer = parseReply(hex('90 50 0f 0f 07 00 00 00 09 00 ff'));
    expect(answer?.type === 'answer' ? panTiltOf(answer.data) : null).toEqual({ panDeg: -10, tiltDeg: 10 });
    expect(panTiltOf(hex('0f 0f 07 10 00 00 09 00'))).toBeNull();
    expect(panTiltOf(hex('0f 0f 07'))).toBeNull();
  });

  it('reads the zoom', () => {
    expect(zoomOf(hex('00 00 00 00'), 20)).toBe(1);
    expect(zoomOf(hex('04 00 00 00'), 20)).toBe(20);
    expect(zoomOf(hex('0f 00 00 00'), 20)).toBe(20);
    expect(zoomOf(hex('44 00 00 00'), 20)).toBeNull();
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

  it('takes 20,000 inputs of nonsense without throwing or keeping them', () => {
    const reader = new FrameReader();
    let seed = 7;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 20) }, () => (random() < 0.3 ? 0x90 + Math.floor(random() * 112) : Math.floor(random() * 256))));
      unwrap(bytes);
      for (const frame of reader.push(bytes)) {
        expect(frame.length).toBeLessThanOrEqual(16);
        const reply = parseReply(frame);
        if (reply?.type === 'answer') void [panTiltOf(reply.data), zoomOf(reply.data, 20)];
      }
    }
  });
});

describe('over IP', () => {
  it('wraps commands, inquiries and the reset of the sequence', () => {
    expect(wrap(commands.home(), 5)).toEqual(hex('01 00 00 05 00 00 00 05 81 01 06 04 ff'));
    expect(wrap(commands.zoomInquiry(), 0x1_0000_0001)).toEqual(hex('01 10 00 05 00 00 00 01 81 09 04 47 ff'));
    expect(resetSequence()).toEqual(hex('02 00 00 01 00 00 00 00 01'));
  });

  it.each([
    ['01 11 00 03 00 00 00 05 90 41 ff', { type: 'reply', sequence: 5, payload: hex('90 41 ff') }],
    ['02 01 00 02 00 00 00 05 0f 01', { type: 'sequence-error' }],
    ['02 01 00 01 00 00 00 00 01', { type: 'other' }],
    ['01 11 00 09 00 00 00 05 90 41 ff', { type: 'other' }],
    ['90 41 ff', { type: 'other' }],
  ])('unwraps %s', (bytes, expected) => {
    expect(unwrap(hex(bytes))).toEqual(expected);
  });
});
