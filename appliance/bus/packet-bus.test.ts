import { expect, it } from 'vitest';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import { createLog } from '#kit/process/log.ts';
import { PacketBus } from './packet-bus.ts';

const log = createLog('test');
log.level = 'silent';

function video(captureUs: number, keyframe = false, layer = '720p'): VideoPacket {
  return { kind: 'video', codec: 'h264', layer, captureUs, durationUs: 40_000, keyframe, data: Buffer.alloc(1) };
}
function audio(captureUs: number): AudioPacket {
  return { kind: 'audio', codec: 'opus', captureUs, durationUs: 20_000, channels: 2, data: Buffer.alloc(1) };
}
function collector(): { name: string; seen: MediaPacket[]; write: (packet: MediaPacket) => void } {
  const seen: MediaPacket[] = [];
  return { name: 'collector', seen, write: (packet) => void seen.push(packet) };
}

it('hands every packet to every sink until it is detached', () => {
  const bus = new PacketBus(log);
  const [one, two] = [collector(), collector()];
  const detach = bus.attach(one);
  bus.attach(two);
  bus.publish(video(0, true));
  detach();
  detach();
  bus.publish(video(40_000));
  expect([one.seen.length, two.seen.length]).toEqual([1, 2]);
});

it('takes a sink that throws off the program, and only that one', () => {
  const bus = new PacketBus(log);
  let calls = 0;
  const broken = {
    name: 'broken',
    write: () => {
      calls += 1;
      throw new Error('no');
    },
  };
  const well = collector();
  bus.attach(broken);
  bus.attach(well);
  for (const us of [0, 40_000, 80_000]) bus.publish(video(us, us === 0));
  expect([calls, well.seen.length]).toEqual([1, 3]);
});

it('gives a sink that comes late everything since the last keyframe, in the order of its capture', () => {
  const bus = new PacketBus(log);
  const packets = [audio(-40_000), video(0, true), audio(5_000), video(40_000), video(0, true, '360p'), audio(25_000), video(40_000, false, '360p')];
  for (const packet of packets) bus.publish(packet);
  const late = collector();
  bus.attach(late, { fromCache: true });
  expect(late.seen.map(({ captureUs, kind }) => [captureUs, kind])).toEqual([
    [0, 'video'], [0, 'video'], [5_000, 'audio'], [25_000, 'audio'], [40_000, 'video'], [40_000, 'video'],
  ]);
  bus.publish(video(1_000_000, true));
  expect(bus.cache.video('720p')).toHaveLength(1);
  expect(bus.cache.video('360p')).toHaveLength(2);
});

it('leaves out of that what a sink is not to have', () => {
  const bus = new PacketBus(log);
  const [key, sound, next] = [video(0, true), audio(5_000), video(40_000)];
  for (const packet of [key, sound, next]) bus.publish(packet);
  const late = collector();
  bus.attach(late, { fromCache: true, except: new WeakSet<MediaPacket>([key, sound]) });
  bus.publish(video(80_000));
  expect(late.seen.map(({ captureUs }) => captureUs)).toEqual([40_000, 80_000]);
});

it('keeps nothing before the first keyframe, and a bounded amount without another', () => {
  const bus = new PacketBus(log);
  bus.publish(video(0));
  expect(bus.cache.video('720p')).toEqual([]);
  bus.publish(video(40_000, true));
  for (let frame = 2; frame < 1000; frame += 1) {
    bus.publish(video(frame * 40_000));
    bus.publish(audio(frame * 40_000));
  }
  expect(bus.cache.video('720p').length).toBeLessThanOrEqual(300);
  expect(bus.cache.packets().length).toBeLessThanOrEqual(600);
});
