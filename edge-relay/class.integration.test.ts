/** A class through the whole edge: real encoders in, real readers out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { FlvReader, PacketsFromFlv } from '#kit/media/flv.ts';
import { startChild } from '#kit/process/child.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { startEdge, type TestEdge, until } from './testing/edge.ts';

let edge: TestEdge;
let amy = '';
const stop = new AbortController();

beforeAll(async () => {
  edge = await startEdge();
  ({ amy } = await edge.seed());
  await until(() => edge.ports.rtmp() !== null);
});
afterAll(async () => {
  stop.abort();
  await edge.stop();
});

const SOURCE = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-c:a', 'aac', '-ar', '48000'];

function publishRtmp(room: string, signal: AbortSignal) {
  const url = `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/${room}?key=${edge.publishKey(room, 'encoder')}`;
  return startChild('ffmpeg', [...SOURCE, ...ENCODE, '-f', 'flv', url], { signal, name: 'test-rtmp' });
}

const info = async (room: string) => (await edge.call('GET', `/api/rooms/${room}`, { bearer: edge.publishKey(room) })).json;

describe('a class over RTMP', { timeout: 90_000 }, () => {
  it('is live, measured, and plays over HLS in FFmpeg with picture and sound', async () => {
    const over = new AbortController();
    const encoder = publishRtmp('room-1', over.signal);
    await until(async () => (await info('room-1')).live);
    const { hls } = (await edge.playback(amy)).json;
    const playlist = `${edge.url}${new URL(hls).pathname}${new URL(hls).search}`;
    await until(async () => (await fetch(playlist)).status === 200);
    await until(async () => (await (await fetch(playlist)).text()).includes('EXT-X-MEDIA'));
    const reader = startChild('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-i', playlist, '-t', '3', '-map', '0:v', '-map', '0:a', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-', '-progress', 'pipe:1'], {
      signal: stop.signal, name: 'test-hls', stdio: ['ignore', 'pipe', 'pipe'],
    });
    let progress = '';
    reader.process.stdout?.on('data', (chunk: Buffer) => (progress += String(chunk)));
    const exit = await reader.exited;
    expect([exit.code, exit.lastWords]).toEqual([0, '']);
    expect(Number([...progress.matchAll(/^frame=(\d+)$/gm)].at(-1)?.[1])).toBeGreaterThan(60);
    const room = await info('room-1');
    expect(room).toMatchObject({ live: true, viewers: 1, ingest: { protocol: 'rtmp', layers: [{ id: 'source', width: 640, height: 360 }] } });
    over.abort();
    await encoder.exited;
    await until(async () => !(await info('room-1')).live);
  });

  it('refuses parts without the room\'s signature and with another room\'s', async () => {
    const over = new AbortController();
    const encoder = publishRtmp('room-1', over.signal);
    await until(async () => (await info('room-1')).live);
    const { token } = (await edge.playback(amy)).json;
    const media = await until(async () => {
      const answer = await edge.call('GET', `/hls/room-1/source/index.m3u8?token=${token}`);
      return answer.status === 200 && answer.text.includes('EXT-X-PART:') ? answer.text : null;
    });
    const part = /EXT-X-PART:.*URI="([^"]+)"/.exec(media)?.[1] ?? '';
    const path = `/hls/room-1/source/${part}`;
    const good = await edge.call('GET', path);
    expect([good.status, good.headers.get('cache-control')?.includes('immutable'), good.headers.get('access-control-allow-origin')]).toEqual([200, true, '*']);
    expect((await edge.call('GET', path.split('?')[0] ?? '')).status).toBe(401);
    expect((await edge.call('GET', path.replace(/sig=[^&]+/, 'sig=AAAA'))).json.error.code).toBe('bad_signature');
    expect((await edge.call('GET', path.replace('room-1', 'room-2'))).json.error.code).toBe('bad_signature');
    // Asked in another way it takes the longer way, to the same bytes under the same headers.
    const [address = '', sig = '', expiry = ''] = path.split(/[?&]/);
    for (const [short, long] of [[path, `${address}?${expiry}&${sig}`], [`/hls/room-1/source/index.m3u8?token=${token}&_HLS_msn=1`, `/hls/room-1/source/index.m3u8?_HLS_msn=1&token=${token}&x=1`]] as const) {
      const [one, other] = await Promise.all([edge.call('GET', short), edge.call('GET', long)]);
      for (const name of ['content-type', 'access-control-allow-origin', 'cross-origin-resource-policy', 'x-content-type-options']) expect([name, one.headers.get(name)]).toEqual([name, other.headers.get(name)]);
      expect(one.headers.get('cache-control')?.replace(/\d+/g, 'N')).toBe(other.headers.get('cache-control')?.replace(/\d+/g, 'N'));
      expect([one.status, one.text.length > 100, other.status]).toEqual([200, true, 200]);
    }
    const never = await edge.call('GET', path.replace(/part-\d+/, 'part-1'));
    expect([never.status, never.json.error.code, never.headers.get('cache-control')]).toEqual([404, 'not_found', 'no-store']);
    over.abort();
    await encoder.exited;
    await until(async () => !(await info('room-1')).live);
  });

  it('comes back by itself when the RTMP process is killed', async () => {
    const before = edge.ports.rtmp();
    const pid = await childPid();
    process.kill(pid, 'SIGKILL');
    await until(() => edge.ports.rtmp() !== before || edge.ports.rtmp() === null, 15_000);
    await until(() => edge.ports.rtmp() !== null, 15_000);
    const over = new AbortController();
    const encoder = publishRtmp('room-1', over.signal);
    await until(async () => (await info('room-1')).live);
    over.abort();
    await encoder.exited;
  });
});

describe('a class over WHIP', { timeout: 90_000 }, () => {
  it('takes the room from a guest\'s encoder, which is told to go, and is over at once where campus revoked the box', async () => {
    const over = new AbortController();
    const guest = publishRtmp('room-2', over.signal);
    await until(async () => (await info('room-2')).ingest.protocol === 'rtmp');
    const client = await openClient();
    const box = await publishWhip(client, edge.token({ scope: 'publish', room: 'room-2', sub: 'box-9', rank: 1 }));
    expect((await info('room-2')).ingest.protocol).toBe('whip');
    await guest.exited;
    const refused = { refusedUntil: new Date(Date.now() + 60_000).toISOString() };
    expect((await edge.admin('PUT', 'publishers/encoder', refused)).status).toBe(204);
    expect((await publishRtmp('room-2', over.signal).exited).code).not.toBe(0);
    expect(box.peer.state).toBe('connected');
    expect((await edge.admin('PUT', 'publishers/box-9', refused)).status).toBe(204);
    await until(() => box.peer.state === 'closed');
    for (const [method, path] of [['POST', '/whip/room-2'], ['POST', '/whep/room-2'], ['GET', '/api/rooms/room-2']] as const) {
      const { status, json } = await edge.call(method, path, { bearer: edge.publishKey('room-2', 'box-9'), ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/sdp' }, body: 'x' }) });
      expect([status, json.error.code]).toEqual([401, 'key_revoked']);
    }
    const lifted = { refusedUntil: new Date(0).toISOString() };
    for (const owner of ['encoder', 'box-9']) expect((await edge.admin('PUT', `publishers/${owner}`, lifted)).status).toBe(204);
    expect((await edge.call('GET', '/api/rooms/room-2', { bearer: edge.publishKey('room-2', 'box-9') })).status).toBe(200);
    await client.close();
  });

  it('travels by simulcast, keeps its capture times, and outlives its publisher\'s reconnection', async () => {
    const [client, again] = [await openClient(), await openClient()];
    const first = await publishWhip(client, edge.publishKey('room-2'));
    const room = await until(async () => {
      const state = await info('room-2');
      return state.ingest.layers.length === 2 ? state : null;
    });
    expect(room).toMatchObject({ live: true, ingest: { protocol: 'whip', layers: [{ width: 640, height: 360 }, { width: 640, height: 360 }] } });
    expect(Math.abs(room.ingest.delayMs)).toBeLessThan(3_000);
    const stranger = await offerWhip(client, edge.publishKey('room-2', 'box-2'));
    expect([stranger.answer.status, stranger.answer.json.error.code]).toEqual([409, 'already_publishing']);
    const second = await publishWhip(again, edge.publishKey('room-2'));
    await until(() => first.peer.state === 'closed');
    expect((await info('room-2')).live).toBe(true);
    const patch = { bearer: edge.publishKey('room-2'), headers: { 'content-type': 'application/trickle-ice-sdpfrag' }, body: '' };
    expect((await edge.call('PATCH', second.location, patch)).status).toBe(428);
    expect((await edge.call('PATCH', second.location, { ...patch, headers: { ...patch.headers, 'if-match': '"old"' } })).status).toBe(412);
    expect((await edge.call('PATCH', second.location, { ...patch, headers: { ...patch.headers, 'if-match': '*' } })).json.error.code).toBe('bad_sdp');
    expect((await edge.call('PATCH', second.location, { ...patch, headers: { ...patch.headers, 'if-match': second.etag } })).status).toBe(204);
    expect((await edge.call('DELETE', second.location, { bearer: edge.publishKey('room-2', 'box-2') })).status).toBe(404);
    expect((await edge.call('DELETE', second.location, { bearer: edge.publishKey('room-2') })).status).toBe(200);
    await until(async () => (await info('room-2')).ingest.protocol === 'none');
    await Promise.all([client.close(), again.close()]);
  });
});

function openClient(): Promise<WebRtcEndpoint> {
  return openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
}

async function childPid(): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const children = (await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '')).trim().split(' ').map(Number);
  for (const pid of children) {
    // Others of the edge's children come and go: one may have ended since they were listed.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('rtmp/child-main')) return pid;
  }
  throw new Error('the RTMP process is not there');
}

async function offerWhip(client: WebRtcEndpoint, bearer: string) {
  const own = await client.offer({ rids: ['high', 'low'], audio: true, h264ProfileLevelId: '42c01f' });
  const answer = await edge.call('POST', '/whip/room-2', { bearer, headers: { 'content-type': 'application/sdp' }, body: own.offerSdp });
  return { peer: own.peer, setAnswer: (sdp: string) => own.setAnswer(sdp), answer };
}

/** Sends a real encoder's frames on both simulcast streams, stamped with the time they were made. */
async function publishWhip(client: WebRtcEndpoint, bearer: string) {
  const { peer, setAnswer, answer } = await offerWhip(client, bearer);
  expect(answer.status).toBe(201);
  await setAnswer(answer.text);
  await until(() => peer.state === 'connected');
  const encoder = startChild('ffmpeg', [...SOURCE.slice(0, -4), ...ENCODE.slice(0, -4), '-an', '-f', 'flv', 'pipe:1'], { signal: stop.signal, name: 'test-whip', stdio: ['ignore', 'pipe', 'ignore'] });
  const reader = new FlvReader();
  let packets: PacketsFromFlv | null = null;
  encoder.process.stdout?.on('data', (chunk: Buffer) => {
    for (const tag of reader.push(chunk)) {
      packets ??= new PacketsFromFlv({ epochUs: Date.now() * 1000, layer: 'x' });
      const packet = packets.push(tag);
      if (packet?.kind !== 'video' || peer.state !== 'connected') continue;
      const frame = { kind: 'video', captureUs: packet.captureUs, keyframe: packet.keyframe, payloads: packetizeH264(packet.data, 1_180) } as const;
      for (const rid of ['high', 'low']) peer.send(frame, rid);
    }
  });
  peer.on('closed', () => encoder.process.kill('SIGKILL'));
  return { peer, location: answer.headers.get('location') ?? '', etag: answer.headers.get('etag') ?? '' };
}
