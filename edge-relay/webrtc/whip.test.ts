import { expect, it, vi } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import type { Peer } from '#kit/webrtc/types.ts';
import type { RoomBus } from '../rooms/room-bus.ts';
import { publishWhenConnected } from './whip.ts';

const log = createLog('test');
log.level = 'silent';

it('lets a publisher go whose frame nobody can carry, and ends nothing else', () => {
  const heard = new Map<string, (told?: unknown) => void>();
  const close = vi.fn();
  const peer = { on: (event: string, listener: (told?: unknown) => void) => void heard.set(event, listener), close } as unknown as Peer;
  const write = (): never => {
    throw new RangeError('the offset is out of range');
  };
  const bus = { room: () => ({ publish: () => ({ write, end: () => undefined }) }) } as unknown as RoomBus;
  publishWhenConnected({ bus, admit: () => undefined, log }, { room: 'room-302', owner: 'encoder', rank: 0 }, peer);
  heard.get('connected')?.();
  heard.get('frame')?.({ kind: 'audio', captureUs: 0, data: Buffer.from([0xfc, 1, 2]), durationUs: 20_000 });
  expect(close).toHaveBeenCalledWith('the offset is out of range');
});

it('publishes nothing for whoever was revoked between offer and connection', () => {
  const heard = new Map<string, () => void>();
  const [close, publish] = [vi.fn(), vi.fn()];
  const peer = { on: (event: string, listener: () => void) => void heard.set(event, listener), close } as unknown as Peer;
  const admit = (): never => {
    throw new CodedError('key_revoked', 'This key was revoked.', { status: 401 });
  };
  publishWhenConnected({ bus: { room: () => ({ publish }) } as unknown as RoomBus, admit, log }, { room: 'room-302', owner: 'box', rank: 1 }, peer);
  heard.get('connected')?.();
  expect([close.mock.calls, publish.mock.calls]).toEqual([[['This key was revoked.']], []]);
});
