/** Packets, a room and a wire for this folder's unit tests. */
import { manualClock } from '#kit/media/clock.ts';
import { FlvReader, type FlvTag } from '#kit/media/flv.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { AudioPacket, VideoPacket } from '#kit/media/packet.ts';
import { Room } from '../../rooms/room.ts';
import type { Wire } from '../viewer.ts';

export const START_MS = 1_790_000_000_000;
export const SMALL = Buffer.from('6742c01eda0280f684000003000400000300c83c58ba80', 'hex');
export const LARGE = Buffer.from('67640028acd940780227e5c044000003000400000300c83c60c658', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');

export interface VideoOptions {
  readonly keyframe: boolean;
  readonly layer?: string;
  readonly sps?: Buffer;
  readonly bytes?: number;
}

export function video(captureMs: number, { keyframe, layer = 'source', sps = SMALL, bytes = 4 }: VideoOptions): VideoPacket {
  const slice = Buffer.concat([Buffer.from([keyframe ? 0x65 : 0x41]), Buffer.alloc(bytes, 0x5a)]);
  const data = joinNalUnits(keyframe ? [sps, PPS, slice] : [slice]);
  return { kind: 'video', codec: 'h264', layer, captureUs: (START_MS + captureMs) * 1000, durationUs: 40_000, keyframe, data };
}

export function sound(captureMs: number, codec: AudioPacket['codec'] = 'aac', channels: 1 | 2 = 2): AudioPacket {
  return { kind: 'audio', codec, captureUs: (START_MS + captureMs) * 1000, durationUs: 21_333, channels, data: Buffer.from([0x21, 0x10]) };
}

export function openRoom() {
  const clock = manualClock(START_MS);
  const room = new Room('room-1', clock);
  const publish = () => room.publish({ protocol: 'rtmp', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
  return { clock, room, publish };
}

export interface FakeWire extends Wire {
  queuedBytes: number;
  readonly written: Buffer[];
  readonly state: 'open' | 'ended' | 'destroyed';
  close(): void;
}

/** Takes everything; `queuedBytes` is what the test says. */
export function fakeWire(): FakeWire {
  const listeners: (() => void)[] = [];
  const wire = {
    queuedBytes: 0,
    written: [] as Buffer[],
    state: 'open' as FakeWire['state'],
    write: (...buffers: readonly Buffer[]) => void (wire.state === 'open' && wire.written.push(...buffers)),
    end: () => finish('ended'),
    destroy: () => finish('destroyed'),
    onClosed: (listener: () => void) => void listeners.push(listener),
    close: () => finish('destroyed'),
  };
  const finish = (state: FakeWire['state']): void => {
    wire.state = state;
    for (const listener of listeners.splice(0)) listener();
  };
  return wire;
}

export function tagsOf(wire: FakeWire): FlvTag[] {
  return new FlvReader().push(Buffer.concat(wire.written));
}

/** Each tag in a word: `K40` keyframe, `v80` picture, `a21` sound, `avc`, `aac` and `meta` for what sets a decoder up. */
export function wordsOf(wire: FakeWire): string[] {
  return tagsOf(wire).map(({ type, timestampMs, data }) => {
    if (type === 18) return 'meta';
    const isSetup = data[1] === 0;
    if (type === 8) return isSetup ? 'aac' : `a${timestampMs}`;
    return isSetup ? 'avc' : `${data[0] === 0x17 ? 'K' : 'v'}${timestampMs}`;
  });
}
