import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '#kit/media/clock.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { sampleAudio, sampleVideo } from '#kit/media/testing/samples.ts';
import { createLog } from '#kit/process/log.ts';
import { freePort } from '#kit/testing/free-port.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { ReceivedFrame, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { PacketBus } from '../bus/packet-bus.ts';
import { Uplink } from './uplink.ts';
import { uplinkWays } from './ways.ts';

const log = createLog('test');
log.level = 'silent';
const clock = systemClock();
const TOKEN = 'publish-token';
const rids = ['180p', '90p'];

let box: WebRtcEndpoint;
let edge: WebRtcEndpoint;
let whip: Server;
let frames: ReceivedFrame[] = [];
let deleted: string[] = [];
/** Rewrites the edge's answer: how a blocked UDP path looks to the box. */
let answerThrough: (sdp: string) => string = (sdp) => sdp;
let folder = '';
let rtmpPort = 0;
let rtmpServer: ChildProcess | null = null;
let bus: PacketBus;
let playing: NodeJS.Timeout;
let uplink: Uplink;
let ticking: NodeJS.Timeout;
let sample: MediaPacket[] = [];

beforeAll(async () => {
  const video = await Promise.all([sampleVideo({ seconds: 2, layer: '180p' }), sampleVideo({ seconds: 2, width: 160, height: 90, layer: '90p' })]);
  const audio = await Promise.all([sampleAudio('opus', 2), sampleAudio('aac', 2)]);
  sample = [...video.flat(), ...audio.flat()].sort((a, b) => a.captureUs - b.captureUs);
  box = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
  edge = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
  whip = createServer((request, response) => {
    if (request.method === 'DELETE') deleted.push(request.url ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'DELETE' || request.headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(request.method === 'DELETE' ? 200 : 401).end();
      void edge.accept(Buffer.concat(chunks).toString(), { direction: 'receive' }).then(({ peer, answerSdp }) => {
        peer.on('frame', (frame) => frames.push(frame));
        response.writeHead(201, { location: '/whip/room-301/1', 'content-type': 'application/sdp' }).end(answerThrough(answerSdp));
      });
    });
  }).listen(0, '127.0.0.1');
  await once(whip, 'listening');
});

afterAll(async () => {
  await box.close();
  await edge.close();
  whip.close();
});

beforeEach(async () => {
  frames = [];
  deleted = [];
  answerThrough = (sdp) => sdp;
  folder = mkdtempSync(path.join(tmpdir(), 'uplink-'));
  rtmpPort = await freePort();
  bus = new PacketBus(log);
  playing = play(bus);
  const target = { whip: `http://127.0.0.1:${(whip.address() as AddressInfo).port}/whip/room-301`, rtmp: `rtmp://127.0.0.1:${rtmpPort}/live/room-301`, api: '', token: TOKEN };
  uplink = new Uplink({
    open: uplinkWays({ webrtc: box, bus, rids, clock }),
    target: () => target, clock, log,
  });
  ticking = setInterval(() => uplink.tick(), 100);
});

afterEach(async () => {
  await uplink.end();
  clearInterval(ticking);
  clearInterval(playing);
  rtmpServer?.kill('SIGKILL');
  rtmpServer = null;
  rmSync(folder, { recursive: true, force: true });
});

/** The sample over and over, at the pace of time and with the time of day. */
function play(to: PacketBus): NodeJS.Timeout {
  const base = sample[0]?.captureUs ?? 0;
  const beganUs = clock.nowUs();
  let at = 0;
  let round = 0;
  return setInterval(() => {
    for (;;) {
      const packet = sample[at];
      if (packet === undefined) return;
      const captureUs = beganUs + round * 2_000_000 + packet.captureUs - base;
      if (captureUs > clock.nowUs()) return;
      to.publish({ ...packet, captureUs });
      at = (at + 1) % sample.length;
      if (at === 0) round += 1;
    }
  }, 10);
}

/** FFmpeg as an RTMP server that knows nothing of us. */
function listenRtmp(file: string): void {
  rtmpServer = spawn('ffmpeg', ['-v', 'error', '-y', '-f', 'flv', '-listen', '1', '-i', `rtmp://127.0.0.1:${rtmpPort}/live/room-301`, '-c', 'copy', '-f', 'flv', file], { stdio: 'ignore' });
}

it('carries every rendition and the sound over WHIP, with their capture times', async () => {
  uplink.begin();
  await vi.waitFor(() => expect(uplink.facts().protocol).toBe('whip'), 5_000);
  await vi.waitFor(() => {
    expect(new Set(frames.map(({ kind, rid }) => `${kind} ${rid ?? ''}`.trim()))).toEqual(new Set(['video 180p', 'video 90p', 'audio']));
    expect(frames.filter(({ rid }) => rid === '180p').length).toBeGreaterThan(20);
  }, 8_000);
  const newest = frames.findLast(({ rid }) => rid === '180p');
  expect(Math.abs(clock.nowUs() - (newest?.captureUs ?? 0))).toBeLessThan(1_000_000);
  expect(uplink.facts()).toMatchObject({ problem: '' });
  expect(uplink.facts().bytesSent).toBeGreaterThan(1_000);
  await uplink.end();
  expect(deleted).toEqual(['/whip/room-301/1']);
  expect(uplink.facts()).toMatchObject({ protocol: 'none', bytesSent: 0 });
});

it('falls back to RTMP where UDP is blocked, and is back on WHIP when it is not', async () => {
  const nobody = await freePort();
  answerThrough = (sdp) => sdp.replace(new RegExp(`127\\.0\\.0\\.1 ${edge.port} typ`, 'g'), `127.0.0.1 ${nobody} typ`);
  const file = path.join(folder, 'received.flv');
  listenRtmp(file);
  uplink.begin();
  await vi.waitFor(() => expect(uplink.facts().protocol).toBe('rtmp'), 15_000);
  await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(50_000), 10_000);
  expect(uplink.facts().bytesSent).toBeGreaterThan(1_000);
  expect(frames).toEqual([]);

  // The RTMP connection ends while UDP works again.
  answerThrough = (sdp) => sdp;
  rtmpServer?.kill('SIGKILL');
  await vi.waitFor(() => expect(uplink.facts().protocol).toBe('whip'), 15_000);
  await vi.waitFor(() => expect(frames.length).toBeGreaterThan(10), 5_000);
});

it('says why nobody sees the class while the edge is away, and connects when it is back', async () => {
  const { port } = whip.address() as AddressInfo;
  whip.close();
  whip.closeAllConnections();
  uplink.begin();
  await vi.waitFor(() => expect(uplink.facts().problem).toMatch(/cannot be reached.*recorded.*keeps trying/), 10_000);
  whip.listen(port, '127.0.0.1');
  await vi.waitFor(() => expect(uplink.facts()).toMatchObject({ protocol: 'whip', problem: '' }), 15_000);
});
