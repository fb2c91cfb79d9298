import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PacketBus } from '#appliance/bus/packet-bus.ts';
import { rtmpOpener } from '#appliance/uplink/rtmp.ts';
import type { Connection, UplinkTarget } from '#appliance/uplink/connection.ts';
import { RoomInfo } from '#edge-relay/contract/api.ts';
import { startEdge, type TestEdge, until } from '#edge-relay/testing/edge.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { sampleAudio, sampleVideo } from '#kit/media/testing/samples.ts';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { checker } from '#kit/process/check.ts';
import { createLog } from '#kit/process/log.ts';

/** The box's own RTMP publisher against the real edge. */
const folder = mkdtempSync(join(tmpdir(), 'rtmps-'));
const authorityFile = join(folder, 'authority.pem');
const tls = { port: 0, certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
const log = createLog('test');
const asRoomInfo = checker(RoomInfo, 'bad_room_info');
/** As old as a group of pictures in the cache of packets can be when a connection begins. */
const HEAD_START_US = 1_000_000;
let sample: MediaPacket[] = [];
let edge: TestEdge;
let bus: PacketBus;
let playing: NodeJS.Timeout;

beforeAll(async () => {
  log.level = 'silent';
  const authority = await createAuthority('CN=Test authority', Date.now());
  const { certificatePem, keyPem } = await issueForServer(authority, 'CN=Test edge', ['127.0.0.1'], Date.now());
  writeFileSync(authorityFile, authority.certificatePem);
  writeFileSync(tls.certFile, certificatePem);
  writeFileSync(tls.keyFile, keyPem);
  sample = [...(await sampleVideo({ seconds: 2, layer: '180p' })), ...(await sampleAudio('aac', 2))].sort((a, b) => a.captureUs - b.captureUs);
  edge = await startEdge({ rtmp: { host: '127.0.0.1', port: 0, tls } });
  await edge.seed();
  await until(() => edge.ports.rtmps());
  bus = new PacketBus(log);
  playing = play(bus);
});

afterAll(async () => {
  clearInterval(playing);
  await edge.stop();
  rmSync(folder, { recursive: true, force: true });
});

function play(to: PacketBus): NodeJS.Timeout {
  const [baseUs, beganUs] = [sample[0]?.captureUs ?? 0, Date.now() * 1000 - HEAD_START_US];
  let count = 0;
  return setInterval(() => {
    for (;;) {
      const packet = sample[count % sample.length];
      const captureUs = beganUs + Math.floor(count / sample.length) * 2_000_000 + (packet?.captureUs ?? 0) - baseUs;
      if (packet === undefined || captureUs > Date.now() * 1000) return;
      to.publish({ ...packet, captureUs });
      count += 1;
    }
  }, 10);
}

const target = (room: string): UplinkTarget => ({
  whip: '', api: '', token: edge.publishKey('room-1'), rtmp: `rtmp://127.0.0.1:${edge.ports.rtmp()}/live/${room}`, rtmps: `rtmps://127.0.0.1:${edge.ports.rtmps()}/live/${room}`,
});

async function ingest() {
  const { text } = await edge.call('GET', '/api/rooms/room-1', { bearer: edge.publishKey('room-1') });
  return asRoomInfo(JSON.parse(text)).ingest;
}

function opened(way: 'rtmp' | 'rtmps', options: { authorityFile?: string; room?: string } = {}): { connection: Connection; outcome: Promise<string> } {
  const { promise: outcome, resolve } = Promise.withResolvers<string>();
  const connection = rtmpOpener({ bus, layer: '180p', ...options }, way)(target(options.room ?? 'room-1'), { connected: () => resolve('connected'), failed: resolve });
  return { connection, outcome };
}

it.each(['rtmp', 'rtmps'] as const)('carries the class over %s, with the time that its frames were captured', async (way) => {
  const { connection, outcome } = opened(way, { authorityFile });
  expect(await outcome).toBe('connected');
  await until(async () => ((await ingest())?.layers.length ?? 0) === 1);
  const seen = await until(async () => {
    const now = await ingest();
    return now !== null && now !== undefined && (now.layers[0]?.bitrateKbps ?? 0) > 50 ? now : null;
  });
  expect(seen.protocol).toBe('rtmp');
  // The first second came from the cache: by its arrival the picture would be a second old before it was there.
  expect(seen.delayMs).toBeGreaterThanOrEqual(0);
  expect(seen.delayMs).toBeLessThan(HEAD_START_US / 1000);
  expect(connection.bytesSent()).toBeGreaterThan(1_000);
  expect(connection.measured()).toMatchObject({ transport: 'tcp', layers: ['180p'] });
  await connection.close({ classOver: true });
  await until(async () => (await ingest())?.protocol === 'none');
});

it.each(['rtmp', 'rtmps'] as const)('stops over %s by cutting the line, and the edge notices', async (way) => {
  const { connection, outcome } = opened(way, { authorityFile });
  expect(await outcome).toBe('connected');
  await until(async () => (await ingest())?.protocol === 'rtmp');
  await connection.close({ classOver: false });
  await until(async () => (await ingest())?.protocol === 'none');
});

it('trusts no certificate of an unknown authority', async () => {
  const { outcome } = opened('rtmps');
  expect(await outcome).toMatch(/does not take the class over RTMP either: it cannot be reached/);
});

it('says why the edge refused, and never the key', async () => {
  const { outcome } = opened('rtmp', { room: 'room-2' });
  const reason = await outcome;
  expect(reason).toMatch(/for another room/);
  expect(reason).not.toContain(target('room-1').token);
});
