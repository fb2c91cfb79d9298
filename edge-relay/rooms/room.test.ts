import { describe, expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import { Room, type Publisher } from './room.ts';

const START = 1_790_000_000_000;
/** 640x480 baseline, as x264 writes it. */
const SPS = Buffer.from('6742c01eda0280f684000003000400000300c83c58ba80', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');

function frame(captureMs: number, keyframe: boolean, layer = 'source'): VideoPacket {
  const data = keyframe ? joinNalUnits([SPS, PPS, Buffer.from([0x65, 1])]) : joinNalUnits([Buffer.from([0x41, 1])]);
  return { kind: 'video', codec: 'h264', layer, captureUs: captureMs * 1000, durationUs: 40_000, keyframe, data };
}

function publisher(owner: string, rank = 0): Publisher & { asked: string[]; dismissed: string[] } {
  const asked: string[] = [];
  const dismissed: string[] = [];
  return { protocol: 'whip', owner, rank, asked, dismissed, requestKeyframe: (layer) => void asked.push(layer), dismiss: (reason) => void dismissed.push(reason) };
}

function openRoom() {
  const clock = manualClock(START);
  const room = new Room('room-1', clock);
  const seen: MediaPacket[] = [];
  const changes: string[] = [];
  room.attach({ name: 'test', write: (packet) => void seen.push(packet), publisherChanged: () => void changes.push('changed') });
  return { clock, room, seen, changes };
}

describe('Room', () => {
  it('is live from the first keyframe until three seconds after the last packet', () => {
    const { clock, room } = openRoom();
    const turns: boolean[] = [];
    room.onLive((live) => turns.push(live));
    const publication = room.publish(publisher('box'));
    publication.write(frame(START, true));
    expect(turns).toEqual([true]);
    clock.advanceMs(2_900);
    room.tick();
    expect(room.live).toBe(true);
    clock.advanceMs(200);
    room.tick();
    expect(turns).toEqual([true, false]);
  });

  it('is coming from the publisher to the first keyframe', () => {
    const { room } = openRoom();
    const told: boolean[] = [];
    room.onComing(() => told.push(room.coming));
    const publication = room.publish(publisher('box'));
    expect([room.coming, room.live]).toEqual([true, false]);
    publication.write(frame(START, false));
    expect(room.coming).toBe(true);
    publication.write(frame(START + 40, true));
    expect([room.coming, room.live]).toEqual([false, true]);
    publication.end({ classOver: true });
    expect([room.coming, told]).toEqual([false, [true]]);
    room.publish({ ...publisher('box'), protocol: 'rtmp' });
    expect([room.coming, told]).toEqual([false, [true]]);
  });

  it('is over at once where the publisher says so, until somebody publishes again', () => {
    const { room } = openRoom();
    const turns: boolean[] = [];
    room.onLive((live) => turns.push(live));
    const publication = room.publish(publisher('box'));
    publication.write(frame(START, true));
    publication.end({ classOver: true });
    publication.end();
    room.tick();
    expect([room.live, room.classOver, turns]).toEqual([false, true, [true, false]]);
    expect([room.layers(), room.gop('source')]).toEqual([[], []]);
    room.publish(publisher('box')).end();
    expect(room.classOver).toBe(false);
  });

  it('gives nothing out before a keyframe, and asks for one', () => {
    const { room, seen } = openRoom();
    const box = publisher('box');
    const publication = room.publish(box);
    publication.write(frame(START, false));
    expect([seen.length, box.asked]).toEqual([0, ['source']]);
    publication.write(frame(START + 40, true));
    publication.write(frame(START + 80, false));
    expect(seen.length).toBe(2);
    expect(room.gop('source').map(({ keyframe }) => keyframe)).toEqual([true, false]);
    expect(room.layers()[0]).toMatchObject({ id: 'source', width: 640, height: 480, profileLevelId: '42c01e' });
  });

  it('refuses a second publisher, but lets the same box take over from its older connection', () => {
    const { room, seen, changes } = openRoom();
    const first = publisher('box');
    const old = room.publish(first);
    expect(() => room.publish(publisher('stranger'))).toThrow('Somebody else is publishing');
    const publication = room.publish(publisher('box'));
    expect(first.dismissed.length).toBe(1);
    old.write(frame(START, true));
    expect(seen).toEqual([]);
    old.end();
    expect(room.idleMs()).toBeNull();
    publication.end();
    expect([room.idleMs(), changes.length]).toEqual([0, 2]);
  });

  it('goes to whoever has a higher right, and not back to the lower', () => {
    const { clock, room } = openRoom();
    const guest = publisher('guest');
    room.publish(guest);
    const publication = room.publish(publisher('box', 1));
    expect(guest.dismissed).toEqual(['a publisher with a higher right took the room']);
    expect(() => room.publish(publisher('guest'))).toThrow('Somebody else is publishing');
    expect(() => room.publish(publisher('other box', 1))).toThrow('Somebody else is publishing');
    publication.end();
    expect(() => room.publish(publisher('guest'))).toThrow('come back');
    clock.advanceMs(30_000);
    room.publish(publisher('guest'));
    expect(room.owner).toBe('guest');
  });

  it('is kept for a publisher whose connection broke, for half a minute', () => {
    const { clock, room } = openRoom();
    room.publish(publisher('box')).end();
    clock.advanceMs(2_000);
    expect(() => room.publish(publisher('stranger'))).toThrow('come back');
    expect(room.owner).toBe('box');
    const publication = room.publish(publisher('box'));
    clock.advanceMs(3_600_000);
    expect(() => room.publish(publisher('stranger'))).toThrow('Somebody else is publishing');
    publication.end();
    clock.advanceMs(30_000);
    expect(room.owner).toBeNull();
    room.publish(publisher('stranger'));
    expect(room.owner).toBe('stranger');
  });

  it('tells who publishes from who is waited for', () => {
    const { clock, room } = openRoom();
    const publication = room.publish(publisher('box'));
    publication.write(frame(START, true));
    expect([room.publisher, room.awaited]).toEqual(['box', null]);
    publication.end();
    expect([room.publisher, room.awaited]).toEqual([null, 'box']);
    clock.advanceMs(30_000);
    expect([room.publisher, room.awaited]).toEqual([null, null]);
  });

  it('says what comes in, by layer and sound, and what is held of it', () => {
    const { clock, room } = openRoom();
    const publication = room.publish(publisher('box'));
    for (let count = 0; count < 50; count += 1) {
      clock.advanceMs(40);
      publication.write(frame(clock.nowMs(), count % 25 === 0));
      publication.write({ kind: 'audio', codec: 'opus', captureUs: clock.nowUs(), durationUs: 20_000, channels: 2, data: Buffer.alloc(100) });
      room.distribute({ kind: 'audio', codec: 'aac', captureUs: clock.nowUs(), durationUs: 21_333, channels: 2, data: Buffer.alloc(100) });
    }
    expect(room.layerStates()).toEqual([{ id: 'source', width: 640, height: 480, profileLevelId: '42c01e', fps: 25, bitrateKbps: 1, gop: { frames: 25, bytes: expect.any(Number) as number, ms: 1_000 } }]);
    expect(room.soundStates()).toEqual([{ codec: 'opus', channels: 2, converted: false, bitrateKbps: 20 }, { codec: 'aac', channels: 2, converted: true, bitrateKbps: null }]);
    publication.end();
    expect([room.ingest().layers, room.layerStates().length]).toEqual([[], 1]);
    room.publish(publisher('box'));
    expect([room.layerStates(), room.soundStates()]).toEqual([[], []]);
  });

  it('is free at once where its publisher said that the class is over, or was sent away', () => {
    const { room } = openRoom();
    room.publish(publisher('box')).end({ classOver: true });
    expect(room.owner).toBeNull();
    room.publish(publisher('stranger'));
    room.dismissPublisher('an admin said so');
    expect(room.owner).toBeNull();
    room.publish(publisher('box')).end();
    room.dismissPublisher('an admin said so');
    expect(room.owner).toBeNull();
  });

  it('measures the delay by the median, and the bit rate of each layer', () => {
    const { clock, room } = openRoom();
    const publication = room.publish(publisher('box'));
    for (let count = 0; count < 50; count += 1) {
      clock.advanceMs(40);
      publication.write(frame(clock.nowMs() - (count % 10 === 0 ? 900 : 120), true));
    }
    const { delayMs, layers, protocol, packets } = room.ingest();
    expect([delayMs, protocol, packets]).toEqual([120, 'whip', 50]);
    expect(layers[0]?.bitrateKbps).toBeGreaterThan(0);
  });

  it('asks a publisher that sends no keyframes by itself for one every two seconds, a regular one never', () => {
    const { clock, room } = openRoom();
    const box = publisher('box');
    const publication = room.publish(box);
    publication.write(frame(START, true));
    publication.write(frame(START + 1_000, false));
    room.keyframeWanted('source');
    clock.advanceMs(1_000);
    room.tick();
    expect(box.asked).toEqual([]);
    publication.write(frame(START + 2_100, false));
    room.tick();
    expect(box.asked).toEqual(['source']);
  });
});
