import { createSecretKey } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { joinNalUnits } from '#kit/media/h264.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { randomFrom, type Random } from '#kit/testing/random.ts';
import { COUNTED, type GroupVariant, type MediaPump, type OpenPump, type PumpResend, type PumpStreamOptions, type PumpVariant, type TwiceFrom } from '#kit/webrtc/pump.ts';
import { extensionBlock } from '#kit/webrtc/rtp/packet.ts';
import { AesGcmTransform } from '#kit/webrtc/srtp/aes-gcm.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { loadAddon, type Addon } from './addon.ts';
import { MAX_FRAME_PAYLOADS, MAX_PAYLOAD_BYTES } from './limits.ts';
import { nativePump } from './native.ts';
import { openTwin } from './twin.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const addon = loadAddon();
const kinds: [string, OpenPump][] = [['twin', openTwin], ...(addon === null ? [] : [['addon', nativePump(addon)] as [string, OpenPump]])];

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

interface Rig {
  readonly pump: MediaPump;
  readonly clock: { nowMs: number };
  /** Where the receiver is. */
  readonly to: { readonly address: string; readonly port: number };
  /** Whatever came by UDP, and whatever was given back for another way. */
  readonly received: Buffer[];
  readonly direct: Buffer[];
  readonly arrived: (count: number) => Promise<Buffer[]>;
}

async function udp(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closing.push(() => socket.close());
  return socket;
}

async function rig(open: OpenPump): Promise<Rig> {
  const [receiver, sender] = [await udp(), await udp()];
  const [received, direct, clock] = [[] as Buffer[], [] as Buffer[], { nowMs: Date.UTC(2026, 10, 21) }];
  receiver.on('message', (datagram) => received.push(datagram));
  const pump = open({
    host: '127.0.0.1', port: 0, nowMs: () => clock.nowMs,
    send: (datagram, to) => (to.protocol === 'tcp' ? void direct.push(datagram) : sender.send(datagram, to.port, to.address)),
  });
  closing.push(() => pump.close());
  const { port } = receiver.address();
  const arrived = async (count: number): Promise<Buffer[]> => {
    await expect.poll(() => received.length, { interval: 5 }).toBeGreaterThanOrEqual(count);
    return received.splice(0);
  };
  return { pump, clock, to: { address: '127.0.0.1', port }, received, direct, arrived };
}

const KEY = { key: bytes('000102030405060708090a0b0c0d0e0f'), salt: bytes('517569642070726f2071756f') };
const PLAIN: PumpStreamOptions = { ssrc: 0x5501a0b2, payloadType: 0x40, rtx: null, marks: false, keeps: true, urgent: false, firstSequence: 0xf17b, blocks: [null, null, null, null], repairBlocks: [null, null] };
const VIDEO: PumpStreamOptions = {
  ssrc: 0xfffffff0, payloadType: 102, rtx: { ssrc: 0xfffffff1, payloadType: 103, firstSequence: 0xfffe }, marks: true, keeps: true, urgent: false, firstSequence: 0xfff0,
  blocks: [null, extensionBlock([{ id: 1, value: Buffer.from('0') }, { id: 4, value: bytes('000000') }]), extensionBlock([{ id: 15, value: bytes('000032') }]), extensionBlock([{ id: 5, value: bytes('0000') }, { id: 1, value: Buffer.from('0') }])],
  repairBlocks: [extensionBlock([{ id: 1, value: Buffer.from('0') }]), extensionBlock([{ id: 15, value: bytes('0000') }])],
};
const AGAIN: PumpResend = { againMs: 15, budgetBytes: 100_000, twiceFrom: 0, number: null };
const frameOf = (count: number, length: number): Buffer[] => Array.from({ length: count }, (_each, at) => Buffer.alloc(at === count - 1 ? length >> 1 : length, at + 1));
const sequenceOf = (datagram: Buffer | undefined): number => datagram?.readUInt16BE(2) ?? -1;
const ssrcOf = (datagram: Buffer | undefined): number => datagram?.readUInt32BE(8) ?? -1;

describe.each(kinds)('%s', (_name, open) => {
  test('the packet of RFC 7714 section 16.1.1', async () => {
    const { pump, to, arrived } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim(to);
    session.openStream(PLAIN).send([Buffer.from('Gallia est omnis divisa in partes tres')], 0, 1, 0x8041f8d3, 0, 0);
    expect(await arrived(1)).toEqual([
      bytes('8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce'),
    ]);
  });

  test('a frame is numbered over the rollover, marked at its end, opened by the receiver, whichever part is sent when', async () => {
    const { pump, to, arrived } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim(to);
    const stream = session.openStream(VIDEO);
    const payloads = frameOf(40, 1180);
    stream.send(payloads, 0, 32, 7, 1, 0);
    stream.send(payloads, 32, 40, 7, 0, 0);
    const packets = await arrived(40);
    expect(packets.map(sequenceOf)).toEqual(payloads.map((_each, at) => (0xfff0 + at) & 0xffff));
    expect(packets.map((packet) => packet.readUInt8(1) >> 7)).toEqual(payloads.map((_each, at) => (at === 39 ? 1 : 0)));
    const gcm = new AesGcmTransform({ key: createSecretKey(KEY.key), salt: KEY.salt }, { key: createSecretKey(KEY.key), salt: KEY.salt });
    for (const [at, packet] of packets.entries()) {
      const header = packet.subarray(0, at < 32 ? 12 + (VIDEO.blocks[1]?.length ?? 0) : 12);
      expect(gcm.openRtp(header, packet.subarray(header.length), VIDEO.ssrc, 0xfff0 + at)).toEqual(payloads[at]);
    }
  });

  test('what is missed is sent again in the repair stream, not too soon, not for ever, within the budget', async () => {
    const { pump, to, clock, arrived } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim(to);
    const stream = session.openStream(VIDEO);
    stream.send(frameOf(4, 1000), 0, 4, 7, 1, 0);
    await arrived(4);
    expect(stream.resend([0xfff1, 0xfff2, 5], { ...AGAIN, budgetBytes: 1500 })).toEqual({ packets: 1, bytes: 1000 });
    expect(stream.resend([0xfff1], AGAIN)).toEqual({ packets: 0, bytes: 0 });
    clock.nowMs += 20;
    expect(stream.resend([0xfff1], { ...AGAIN, twiceFrom: 2 })).toEqual({ packets: 2, bytes: 2000 });
    const repairs = await arrived(3);
    expect(repairs.map((packet) => [ssrcOf(packet), sequenceOf(packet)])).toEqual([0xfffe, 0xffff, 0].map((sequence) => [0xfffffff1, sequence]));
    for (let turn = 0; turn < 20; turn += 1, clock.nowMs += 20) stream.resend([0xfff1], AGAIN);
    expect(await arrived(6)).toHaveLength(6);
    clock.nowMs += 2000;
    expect(stream.resend([0xfff2], AGAIN).packets).toBe(0);
  });

  test('without a repair stream the very same packet goes again, over a rollover too; what is forgotten does not', async () => {
    const { pump, to, arrived } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim(to);
    const stream = session.openStream({ ...PLAIN, firstSequence: 0xffff });
    stream.send(frameOf(3, 500), 0, 3, 9, 0, 0);
    const packets = await arrived(3);
    expect(stream.resend([0xffff, 0], AGAIN).packets).toBe(2);
    expect(await arrived(2)).toEqual(packets.slice(0, 2));
    stream.forget();
    expect(stream.resend([1], AGAIN).packets).toBe(0);
  });

  test('a second and a half at 9 Mbps can still be asked for', async () => {
    const { pump, to, clock, arrived } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim(to);
    const stream = session.openStream({ ...VIDEO, firstSequence: 0 });
    for (let frame = 0; frame < 50; frame += 1, clock.nowMs += 30) {
      stream.send(frameOf(30, 100), 0, 30, frame, 0, 0);
      await arrived(30);
    }
    expect(stream.resend([0, 255, 256, 600, 1499], AGAIN).packets).toBe(5);
    expect(await arrived(5)).toHaveLength(5);
  });

  test('packets that are counted say so, repairs and probes among them, but not the very same packet once more', async () => {
    const { pump, to, arrived } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim(to);
    const [video, sound] = [session.openStream(VIDEO), session.openStream({ ...PLAIN, blocks: [null, null, null, VIDEO.blocks[3]] })];
    // The value of the first extension: behind a header of one byte, or of two.
    const countOf = (packet: Buffer): number => packet.readUInt16BE(12 + (packet.readUInt16BE(12) === 0xbede ? 5 : 6));
    video.send(frameOf(3, 200), 0, 3, 7, COUNTED, 0xffff);
    sound.send(frameOf(1, 200), 0, 1, 7, COUNTED, 2);
    const sent = await arrived(4);
    expect(sent.map(countOf)).toEqual([0xffff, 0, 1, 2]);
    expect(video.resend([0xfff0, 0xfff2], { ...AGAIN, number: 3 })).toEqual({ packets: 2, bytes: 300 });
    expect(video.probe(5)).toBe(100);
    const again = await arrived(3);
    expect(again.map((packet) => [ssrcOf(packet), countOf(packet)])).toEqual([3, 4, 5].map((count) => [0xfffffff1, count]));
    expect(sound.resend([0xf17b], { ...AGAIN, number: 6 }).packets).toBe(1);
    expect(await arrived(1)).toEqual(sent.slice(3));
    expect([sound.probe(7), session.openStream(VIDEO).probe(7)]).toEqual([0, 0]);
  });

  test('datagrams for a connection are given back, in order; nothing goes to who is gone', async () => {
    const { pump, to, received, direct, arrived } = await rig(open);
    const [over, gone] = [pump.openSession(KEY), pump.openSession(KEY)];
    over.aim({ ...to, protocol: 'tcp' });
    gone.aim(to);
    const [a, b] = [over.openStream(VIDEO), gone.openStream(VIDEO)];
    gone.close();
    gone.close();
    b.send(frameOf(2, 100), 0, 2, 1, 0, 0);
    a.send(frameOf(5, 100), 0, 5, 1, 0, 0);
    await expect.poll(() => direct.length).toBe(5);
    a.resend([0xfff1], AGAIN);
    expect(direct.map((packet) => [ssrcOf(packet), sequenceOf(packet)])).toEqual([...[0, 1, 2, 3, 4].map((at) => [0xfffffff0, 0xfff0 + at]), [0xfffffff1, 0xfffe]]);
    over.aim(to);
    a.send(frameOf(1, 100), 0, 1, 2, 0, 0);
    expect((await arrived(1)).map(sequenceOf)).toEqual([0xfff5]);
    expect(received).toEqual([]);
  });

  test('a group sends to each of its streams what they would send themselves, in order with that, and no more to who was taken out or is gone', async () => {
    const { pump, to, arrived } = await rig(open);
    const [group, other] = [pump.openGroup(), pump.openGroup()];
    const viewers = Array.from({ length: 40 }, (_each, at) => {
      const session = pump.openSession(KEY);
      session.aim(to);
      return { session, stream: session.openStream({ ...VIDEO, ssrc: at + 1, firstSequence: at }) };
    });
    const at = (index: number): (typeof viewers)[number] => viewers[index] ?? expect.fail('no such viewer');
    for (const { stream } of [...viewers, ...viewers]) group.add(stream, 2);
    const payloads = frameOf(2, 100);
    at(0).stream.send(payloads, 0, 2, 6, 0, 0);
    group.send(payloads, 7);
    at(0).stream.send(payloads, 0, 2, 8, 0, 0);
    const told = (packets: readonly Buffer[], ssrc: number): number[][] => packets.filter((packet) => ssrcOf(packet) === ssrc).map((packet) => [sequenceOf(packet), packet.readUInt32BE(4), (packet[0] ?? 0) & 0x10]);
    const first = await arrived(84);
    expect([told(first, 1), told(first, 40)]).toEqual([[[0, 6, 0], [1, 6, 0], [2, 7, 16], [3, 7, 16], [4, 8, 0], [5, 8, 0]], [[39, 7, 16], [40, 7, 16]]]);
    for (const gone of [0, 0, 39]) group.remove(at(gone).stream);
    at(1).session.close();
    other.add(at(2).stream, 0);
    group.add(at(3).stream, 0);
    group.send(payloads, 9);
    other.send(payloads, 10);
    const second = await arrived(74);
    expect(second).toHaveLength(74);
    expect([1, 2, 3, 4, 39, 40].map((ssrc) => told(second, ssrc))).toEqual([[], [], [[4, 10, 0], [5, 10, 0]], [[5, 9, 0], [6, 9, 0]], [[40, 9, 16], [41, 9, 16]], []]);
    expect(at(38).stream.resend([40], AGAIN).packets).toBe(1);
    // Before the pump is closed, which forgets what still waits.
    expect((await arrived(1)).map(ssrcOf)).toEqual([0xfffffff1]);
    for (const { session, stream } of viewers) {
      group.remove(stream);
      session.close();
    }
    group.send(payloads, 11);
    other.send(payloads, 11);
    pump.close();
    group.add(at(5).stream, 0);
    group.send(payloads, 12);
    (await udp()).send('behind everything else', to.port, to.address);
    expect((await arrived(1)).map(String)).toEqual(['behind everything else']);
  });

  test('a group sends over a connection too', async () => {
    const { pump, to, direct } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim({ ...to, protocol: 'tcp' });
    const group = pump.openGroup();
    group.add(session.openStream(VIDEO), 0);
    group.send(frameOf(3, 100), 1);
    expect(direct.map(sequenceOf)).toEqual([0xfff0, 0xfff1, 0xfff2]);
  });

  test('a frame beyond what can leave is left out and counted, to one and to all, without a gap in the numbers; what is just within leaves', async () => {
    const { pump, to, direct } = await rig(open);
    const [alone, first, second] = [1, 2, 3].map((ssrc) => {
      const session = pump.openSession(KEY);
      session.aim({ ...to, protocol: 'tcp' });
      return session.openStream({ ...VIDEO, ssrc });
    });
    const group = pump.openGroup();
    for (const stream of [first, second]) if (stream !== undefined) group.add(stream, 0);
    const small = frameOf(2, 100);
    const beyond = [[Buffer.alloc(MAX_PAYLOAD_BYTES + 1)], [...small, Buffer.alloc(MAX_PAYLOAD_BYTES + 1)], Array.from({ length: MAX_FRAME_PAYLOADS + 1 }, () => Buffer.alloc(1))];
    const within = [[Buffer.alloc(MAX_PAYLOAD_BYTES)], Array.from({ length: MAX_FRAME_PAYLOADS }, () => Buffer.alloc(1))];
    const leaving = async (payloads: readonly Buffer[]): Promise<number> => {
      const before = direct.length;
      alone?.send(payloads, 0, payloads.length, 7, 0, 0);
      await Promise.resolve();
      group.send(payloads.slice(), 7);
      return direct.length - before;
    };
    for (const payloads of beyond) expect([await leaving(small), await leaving(payloads)]).toEqual([6, 0]);
    for (const payloads of within) expect(await leaving(payloads)).toBe(payloads.length * 3);
    group.send([], 8);
    const told = direct.filter((packet) => ssrcOf(packet) === 3).map(sequenceOf);
    expect(told).toEqual(told.map((_each, at) => (0xfff0 + at) & 0xffff));
    expect(pump.stats().refused).toBe((1 + 3 + MAX_FRAME_PAYLOADS + 1) * 3);
  });

  test('a keyframe of 2 MB leaves', async () => {
    const { pump, to, direct } = await rig(open);
    const session = pump.openSession(KEY);
    session.aim({ ...to, protocol: 'tcp' });
    const payloads = packetizeH264(joinNalUnits([bytes('6742c01f'), bytes('68ce3c80'), Buffer.alloc(2_000_000, 0x65)]), 1180);
    session.openStream(VIDEO).send(payloads, 0, payloads.length, 7, 0, 0);
    await expect.poll(() => direct.length).toBe(payloads.length);
    expect([payloads.length > 1_690, pump.stats().refused]).toEqual([true, 0]);
  });

  test('many viewers of one frame each get their own', async () => {
    const { pump, to, arrived } = await rig(open);
    // Small ones, and not more than a receive buffer of the default size holds.
    const payloads = frameOf(6, 100);
    for (let viewer = 0; viewer < 40; viewer += 1) {
      const session = pump.openSession(KEY);
      session.aim(to);
      session.openStream({ ...VIDEO, ssrc: viewer + 1, firstSequence: viewer }).send(payloads, 0, 6, 90_000 + viewer, 2, 0);
    }
    const packets = await arrived(240);
    for (let viewer = 0; viewer < 40; viewer += 1) {
      const own = packets.filter((packet) => ssrcOf(packet) === viewer + 1);
      expect(own.map((packet) => [sequenceOf(packet) - viewer, packet.readUInt32BE(4) - 90_000])).toEqual([0, 1, 2, 3, 4, 5].map((at) => [at, viewer]));
    }
    await expect.poll(() => pump.stats().packets).toBe(240);
    expect(pump.stats()).toMatchObject({ overflowed: 0, refused: 0 });
  });
});

/** A life of three streams as a list of calls, the same for every pump. */
async function play(open: OpenPump, seed: number): Promise<Buffer[]> {
  const { pump, clock, to, arrived } = await rig(open);
  const random: Random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const session = pump.openSession({ key: Buffer.alloc(16, seed), salt: Buffer.alloc(12, seed + 1) });
  session.aim(to);
  const streams = [VIDEO, { ...PLAIN, rtx: VIDEO.rtx }, PLAIN].map((options, at) => session.openStream({ ...options, ssrc: 1000 + at, firstSequence: 0xff80 + below(64) }));
  const out: Buffer[] = [];
  const group = pump.openGroup();
  const inside = new Set<number>();
  for (let turn = 0; turn < 150; turn += 1, clock.nowMs += below(40)) {
    const chosen = below(3);
    const stream = streams[chosen];
    if (below(3) === 0) {
      inside.add(chosen);
      if (stream !== undefined) group.add(stream, below(3) as GroupVariant);
    } else if (below(4) === 0) {
      inside.delete(chosen);
      if (stream !== undefined) group.remove(stream);
    }
    const payloads = Array.from({ length: 1 + below(12) }, () => Buffer.alloc(below(3) === 0 ? below(1180) : 1180, below(256)));
    stream?.send(payloads, 0, payloads.length, below(2 ** 32), below(4) as PumpVariant, below(0x10000));
    group.send(payloads.slice(0, 3), turn, below(2) === 0 ? undefined : (below(3) as GroupVariant));
    const asked = Array.from({ length: below(6) }, () => (0xff80 + below(800)) & 0xffff);
    const resent = stream?.resend(asked, { againMs: below(30), budgetBytes: below(8000), twiceFrom: below(3) as TwiceFrom, number: below(2) === 0 ? null : below(0x10000) }).packets ?? 0;
    const probed = below(4) === 0 && (stream?.probe(turn) ?? 0) > 0 ? 1 : 0;
    out.push(...(await arrived(payloads.length + inside.size * Math.min(3, payloads.length) + resent + probed)));
  }
  return out;
}

/** Which of a group comes first is nobody's promise. */
function byStream(packets: readonly Buffer[]): Buffer {
  return Buffer.concat(packets.toSorted((a, b) => ssrcOf(a) - ssrcOf(b)));
}

test.skipIf(addon === null)('addon and twin send the very same bytes', async () => {
  for (const seed of [1, 2, 3]) {
    const [twin, native] = [await play(openTwin, seed), await play(nativePump(addon ?? (await Promise.reject(new Error('not built')))), seed)];
    expect(native.length).toBeGreaterThan(800);
    expect(byStream(native).equals(byStream(twin))).toBe(true);
  }
});

test.skipIf(addon === null)('the addon lets go of frames that are out of use, also after the clock was set back', async () => {
  if (addon === null) return;
  const frames = { open: 0 };
  const counted: Addon = {
    ...addon,
    openFrame: (payloads) => {
      frames.open += 1;
      return addon.openFrame(payloads);
    },
    releaseFrame: (frame) => {
      frames.open -= 1;
      addon.releaseFrame(frame);
    },
  };
  const { pump, to, clock } = await rig(nativePump(counted));
  const session = pump.openSession(KEY);
  session.aim(to);
  const group = pump.openGroup();
  group.add(session.openStream(VIDEO), 0);
  const play = (count: number): void => {
    for (let frame = 0; frame < count; frame += 1, clock.nowMs += 40) group.send(frameOf(1, 100), frame);
  };
  play(200);
  expect(frames.open).toBe(76);
  clock.nowMs -= 3_600_000;
  play(200);
  expect(frames.open).toBe(76);
});
