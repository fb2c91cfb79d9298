import { describe, expect, it } from 'vitest';
import { joinNalUnits } from '#kit/media/h264.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import type { RtpPacket } from '#kit/webrtc/rtp/packet.ts';
import { CameraClock } from './camera-clock.ts';
import type { SoundOffer } from './description.ts';
import { aacFrames, SoundReceiver } from './sound-receiver.ts';
import { VideoReceiver } from './video-receiver.ts';

const SETS = { sps: Buffer.from('6742c01eda0280f6', 'hex'), pps: Buffer.from('68ce3c80', 'hex') };
const KEYFRAME = Buffer.concat([Buffer.from([0x65, 0x88]), Buffer.alloc(3_000, 0x41)]);
const FRAME = Buffer.concat([Buffer.from([0x41, 0x9a]), Buffer.alloc(2_000, 0x42)]);

function packet(sequence: number, timestamp: number, payload: Buffer, marker: boolean): RtpPacket {
  return { payloadType: 96, marker, sequence: sequence & 0xffff, timestamp, ssrc: 1, extensions: [], payload };
}

/** Keyframes (with their parameter sets, unless told) and frames, from sequence number 65534 on. */
function streamOf(frames: string, withSets = true): RtpPacket[] {
  let sequence = 65_534;
  return [...frames].flatMap((kind, index) => {
    const nals = kind === 'K' ? [...(withSets ? [SETS.sps, SETS.pps] : []), KEYFRAME] : [FRAME];
    const payloads = packetizeH264(joinNalUnits(nals), 1_200);
    return payloads.map((payload, at) => packet(sequence++, index * 3_600, payload, at === payloads.length - 1));
  });
}

function received(packets: readonly RtpPacket[], receiver = new VideoReceiver(null, 0)): string {
  return packets.flatMap((each, index) => receiver.push(each, index)).map(({ keyframe, rtpTimestamp }) => `${keyframe ? 'K' : 'f'}${rtpTimestamp / 3_600}`).join(' ');
}

describe('pictures', () => {
  it('come whole, across the wrap of the sequence numbers', () => {
    expect(received(streamOf('KffKf'))).toBe('K0 f1 f2 K3 f4');
  });

  it('are awaited from a keyframe on', () => {
    const receiver = new VideoReceiver(null, 0);
    expect(received(streamOf('ffKf'), receiver)).toBe('K2 f3');
    expect(receiver.takeDropped()).toBe(2);
    expect(receiver.takeDropped()).toBe(0);
  });

  it.each([
    ['in a frame', 1, 'K0 K3 f4'],
    ['in a keyframe', 3, 'K0 f1 f2'],
  ])('are left out after a loss %s, until the next keyframe', (_where, frame, expected) => {
    const packets = streamOf('KffKf');
    const lost = packets.findLastIndex(({ timestamp, marker }) => timestamp === frame * 3_600 && !marker);
    expect(received(packets.filter((_, index) => index !== lost))).toBe(expected);
  });

  it('take parameter sets from the description where the stream has none', () => {
    expect(received(streamOf('Kf', false))).toBe('');
    const receiver = new VideoReceiver(SETS, 0);
    const units = streamOf('K', false).flatMap((each) => receiver.push(each, 0));
    expect(units[0]?.data.includes(SETS.sps)).toBe(true);
  });

  it('are put in order where UDP mixed them up', () => {
    const packets = streamOf('Kff');
    [packets[1], packets[2]] = [packets[2] as RtpPacket, packets[1] as RtpPacket];
    expect(received(packets, new VideoReceiver(null, 50))).toBe('K0 f1 f2');
  });
});

describe('sound', () => {
  const l16: SoundOffer = { kind: 'sound', codec: 'l16', payloadType: 97, clockHz: 48_000, control: '', channels: 1, aac: null };

  it('says how much was lost', () => {
    const receiver = new SoundReceiver(l16, 0);
    const block = Buffer.alloc(960);
    const units = [[0, 0], [1, 480], [3, 1_440], [4, 1_920], [5, 5_000_000]].flatMap(([sequence = 0, time = 0]) => receiver.push(packet(sequence, time, block, false), sequence));
    expect(units.map(({ missing }) => missing)).toEqual([0, 0, 480, 0, 0]);
  });

  it('keeps whole samples only', () => {
    const receiver = new SoundReceiver({ ...l16, channels: 2 }, 0);
    expect(receiver.push(packet(0, 0, Buffer.alloc(11), false), 0)[0]?.data.length).toBe(8);
  });

  it.each([
    ['two frames', '0020 0018 0010 aabbcc ddee', ['aabbcc', 'ddee']],
    ['a torn frame', '0020 0018 0010 aabbcc dd', ['aabbcc']],
    ['headers that run out', '0200 0018', []],
    ['nothing', '', []],
  ])('takes AAC apart: %s', (_what, hex, expected) => {
    const frames = aacFrames(Buffer.from(hex.replaceAll(' ', ''), 'hex'), { sizeLength: 13, indexLength: 3 });
    expect(frames.map((frame) => frame.toString('hex'))).toEqual(expected);
  });
});

describe('the camera’s clock', () => {
  const at = (ms: number, wallOffsetMs = 1_000_000): { monotonicUs: number; wallUs: number } => ({ monotonicUs: ms * 1_000, wallUs: (ms + wallOffsetMs) * 1_000 });
  /** 25 frames a second from timestamp `first`, each `delayMs` late and some later still. */
  function run(clock: CameraClock, seconds: number, delayMs: number, first = 0xffff_ff00): number[] {
    return Array.from({ length: seconds * 25 }, (_, index) => {
      const captureMs = index * 40;
      return clock.captureUs((first + captureMs * 90) >>> 0, at(captureMs + delayMs + (index % 5) * 3)) / 1_000 - captureMs;
    });
  }

  it('takes the least delayed arrivals where the camera does not tell', () => {
    expect(run(new CameraClock(90_000), 4, 30).slice(5).every((lateMs) => Math.abs(lateMs - 30) < 1)).toBe(true);
  });

  it('takes the camera’s own time where it agrees with ours', () => {
    const clock = new CameraClock(90_000);
    run(clock, 2, 30);
    clock.onSenderReport((2_000 + 1_000_000) * 1_000, (0xffff_ff00 + 2_000 * 90) >>> 0, at(2_031));
    expect(clock.isCameras).toBe(true);
    // A millisecond a frame, so that frames stay apart.
    const lateMs = Array.from({ length: 50 }, (_, index) => clock.captureUs((0xffff_ff00 + (2_000 + index * 40) * 90) >>> 0, at(2_033 + index * 40)) / 1_000 - 2_000 - index * 40);
    expect(lateMs[0]).toBeCloseTo(29, 0);
    expect(lateMs.at(-1)).toBeCloseTo(0, 0);
  });

  it('takes back little by little what a late first packet said', () => {
    const clock = new CameraClock(90_000);
    const times = Array.from({ length: 60 }, (_, index) => clock.captureUs(index * 3_600, at(index * 40 + (index === 0 ? 45 : 5))));
    const steps = times.slice(1).map((us, index) => us - (times[index] ?? 0));
    expect(Math.min(...steps)).toBe(39_000);
    expect((times.at(-1) ?? 0) / 1_000).toBeCloseTo(59 * 40 + 5, 0);
  });

  it.each([-3_600_000, -80, 3_600_000])('does not believe a camera whose clock is %i ms off', (offMs) => {
    const clock = new CameraClock(90_000);
    run(clock, 2, 30);
    clock.onSenderReport((2_000 + 1_000_000 - offMs) * 1_000, (0xffff_ff00 + 2_000 * 90) >>> 0, at(2_031));
    expect(clock.isCameras).toBe(false);
  });

  it('follows a crystal that is 200 ppm slow, and one that begins anew', () => {
    const clock = new CameraClock(90_000);
    let last = 0;
    for (let index = 0; index < 25 * 120; index += 1) {
      const nowMs = index * 40 * 1.0002;
      last = clock.captureUs(Math.round(index * 3_600), at(nowMs + 20)) / 1_000 - nowMs;
    }
    expect(last).toBeGreaterThan(17);
    expect(last).toBeLessThan(21);
    expect(clock.captureUs(77, at(200_000)) / 1_000).toBe(200_000);
  });
});
