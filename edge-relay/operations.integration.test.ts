/** Running an edge: who watches, asking them to leave, emptying it, too many for it, another key; with real viewers by every protocol. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startChild } from '#kit/process/child.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import type { EdgeConfig } from './config/config.ts';
import type { Node, ViewerPage } from './contract/operations.ts';
import { type Answer, SOON_FULL, startEdge, type TestEdge, until } from './testing/edge.ts';

const SOURCE = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-c:a', 'aac', '-ar', '48000'];

/** An edge with a class in it, and tickets for Amy, Ben and Cat. */
class Stage {
  readonly edge: TestEdge;
  amy = '';
  ben = '';
  cat = '';
  readonly #over = new AbortController();
  readonly #clients: WebRtcEndpoint[] = [];
  readonly #sockets: WebSocket[] = [];
  readonly #responses: IncomingMessage[] = [];

  private constructor(edge: TestEdge) {
    this.edge = edge;
  }

  static async open(adjust: Partial<EdgeConfig> = {}): Promise<Stage> {
    const stage = new Stage(await startEdge(adjust));
    Object.assign(stage, await stage.edge.seed());
    await stage.edge.admin('PUT', 'accounts/cat', { name: 'cat', email: 'cat@school.test' });
    stage.cat = (await stage.edge.admin('POST', 'accounts/cat/tokens', { seconds: 3_600 })).json.token as string;
    for (const account of ['ben', 'cat']) await stage.edge.admin('PUT', `tickets/${account}/light`);
    await until(() => stage.edge.ports.rtmp() !== null);
    void stage.publish();
    const { token } = (await stage.edge.playback(stage.ben)).json;
    await until(async () => (await stage.edge.call('GET', `/hls/room-1/index.m3u8?token=${token}`)).status === 200);
    await until(async () => (await stage.edge.call('GET', '/api/rooms/room-1')).json.live);
    return stage;
  }

  /** What is published so far ends with the test, or when the edge has no more of it. */
  publish(room = 'room-1', key = this.edge.publishKey(room, 'encoder')): Promise<{ code: number | null }> {
    const url = `rtmp://127.0.0.1:${this.edge.ports.rtmp() ?? 0}/live/${room}?key=${key}`;
    return startChild('ffmpeg', [...SOURCE, ...ENCODE, '-f', 'flv', url], { signal: this.#over.signal, name: 'test-rtmp' }).exited;
  }

  async token(session: string): Promise<string> {
    return (await this.edge.playback(session)).json.token as string;
  }

  async whep(token: string): Promise<{ answer: Answer; peer: Peer }> {
    const client = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
    this.#clients.push(client);
    const own = await client.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42c01f' });
    const answer = await this.edge.call('POST', '/whep/room-1', { bearer: token, headers: { 'content-type': 'application/sdp' }, body: own.offerSdp });
    if (answer.status === 201) {
      await own.setAnswer(answer.text);
      await until(() => own.peer.state === 'connected');
    }
    return { answer, peer: own.peer };
  }

  async flv(token: string): Promise<IncomingMessage> {
    const request = httpRequest(`${this.edge.url}/flv/room-1.flv?token=${token}`).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    this.#responses.push(response);
    return response.on('error', () => response.destroy()).resume();
  }

  hls(token: string, path = 'index.m3u8'): Promise<Answer> {
    return this.edge.call('GET', `/hls/room-1/${path}?token=${token}`);
  }

  /** The code that it is closed with. */
  async events(token: string): Promise<{ closed: Promise<number>; say: (message: object) => void }> {
    const socket = new WebSocket(`${this.edge.url.replace('http', 'ws')}/rooms/room-1/events`);
    this.#sockets.push(socket);
    const closed = once(socket, 'close').then(([code]) => code as number);
    await once(socket, 'open');
    const welcome = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'hello', token }));
    await Promise.race([welcome, closed]);
    return { closed, say: (message) => socket.send(JSON.stringify(message)) };
  }

  async viewers(query = ''): Promise<ViewerPage> {
    return (await this.edge.admin('GET', `rooms/room-1/viewers${query}`)).json as ViewerPage;
  }

  async node(): Promise<Node> {
    return (await this.edge.call('GET', '/api/rooms', { bearer: this.edge.token() })).json as Node;
  }

  /** Nobody watches any more. */
  async empty(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.close();
    for (const socket of this.#sockets.splice(0)) socket.terminate();
    for (const response of this.#responses.splice(0)) response.destroy();
    await until(async () => (await this.viewers()).viewers.every(({ figures }) => figures.protocol === 'hls'));
  }

  async close(): Promise<void> {
    this.#over.abort();
    for (const socket of this.#sockets) socket.terminate();
    for (const client of this.#clients) await client.close();
    await this.edge.stop();
  }
}

const codeOf = (answer: Answer): string => answer.json?.error?.code as string;

describe('an edge at work', { timeout: 90_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.empty());
  afterAll(() => stage.close());

  it('lists who watches by which way, with what it and their pages know', async () => {
    const [one, two] = [await stage.token(stage.amy), await stage.token(stage.ben)];
    const { answer } = await stage.whep(one);
    await stage.flv(two);
    await stage.hls(one, 'source/index.m3u8');
    const socket = await stage.events(one);
    socket.say({ type: 'quality', protocol: 'whep', freezes: 2, stalledSeconds: 1.5, framesDropped: 3, delayMs: 240 });
    const whepId = answer.headers.get('location')?.split('/').at(-1);
    const { viewers, total } = await until(async () => {
      const page = await stage.viewers();
      const whep = page.viewers.find(({ id }) => id === whepId);
      return whep?.figures.protocol === 'whep' && whep.figures.bytesSent > 0 && whep.figures.layer !== null && whep.reported !== null ? page : null;
    });
    expect([total, next(await stage.viewers())]).toEqual([viewers.length, null]);
    expect(viewers.find(({ id }) => id === whepId)).toMatchObject({
      account: 'amy', figures: { protocol: 'whep', layer: 'source', framesLeftOut: 0, way: null }, reported: { freezes: 2, stalledSeconds: 1.5, delayMs: 240 },
    });
    expect(viewers.filter(({ account }) => account === 'ben').map(({ figures }) => figures.protocol)).toContain('flv');
    expect(viewers.filter(({ account, figures }) => account === 'amy' && figures.protocol === 'hls').map(({ figures }) => figures)).toMatchObject([{ layer: 'source' }]);
    const flv = await until(async () => (await stage.viewers()).viewers.find(({ figures }) => figures.protocol === 'flv' && figures.bytesSent > 0));
    expect(flv.figures).toMatchObject({ layer: 'source', groupsLeftOut: 0 });
    const pages = [await stage.viewers('?limit=2')];
    pages.push(await stage.viewers(`?limit=500&after=${next(pages[0])}`));
    expect(pages.flatMap((page) => page.viewers.map(({ id }) => id))).toEqual(viewers.map(({ id }) => id));
    expect((await stage.node()).rooms).toMatchObject([{ room: 'room-1', live: true, publisher: 'encoder', viewers: { whep: 1, flv: 1 }, freezes: expect.any(Number) as number }]);
    expect((await stage.edge.call('GET', '/metrics')).text).toMatch(/^edge_room_viewers_webrtc\{.*room="room-1".*\} 1$/m);
  });

  it('shows what of a room comes in and is held: tracks, layers, caches, packets for repairs, how far back it can be watched', async () => {
    await stage.whep(await stage.token(stage.amy));
    const { sent, rooms: [room] } = await until(async () => {
      const node = await stage.node();
      return node.sent.packets > 0 && (node.rooms[0]?.tracks.audio.length ?? 0) === 2 && (node.rooms[0]?.packetHistory.packets ?? 0) > 0 ? node : null;
    });
    expect(room).toMatchObject({
      room: 'room-1', live: true, publisher: 'encoder', awaited: null, protocol: 'rtmp',
      tracks: {
        video: [{ id: 'source', codec: 'h264', width: 320, height: 180, gopCache: { frames: expect.any(Number) as number } }],
        audio: [{ codec: 'aac', converted: false }, { codec: 'opus', converted: true, bitrateKbps: null }],
      },
      dvr: { tracks: [{ id: 'source' }, { id: 'audio', codec: 'mp4a.40.2' }] },
    });
    expect(room?.tracks.video[0]?.gopCache.bytes).toBeGreaterThan(0);
    expect(room?.dvr.seconds).toBeGreaterThan(0);
    expect(room?.dvr.bytes).toBeGreaterThan(1_000);
    expect([sent.overflowed, sent.refused]).toEqual([0, 0]);
    const { text } = await stage.edge.call('GET', '/metrics');
    for (const line of ['edge_layer_fps{room="room-1",layer="source"', 'edge_layer_gop_cache_seconds{', 'edge_room_dvr_bytes{', 'edge_room_packet_history_packets{', 'edge_room_publisher_awaited{', 'edge_pump_packets_overflowed', 'edge_datagrams_dropped']) {
      expect(text).toContain(line);
    }
  });

  it('shows nobody but campus who watches', async () => {
    for (const path of ['/api/rooms', '/api/admin/rooms/room-1/viewers', '/api/admin/drain']) {
      expect((await stage.edge.call('GET', path, { bearer: stage.edge.publishKey('room-1') })).status).toBe(403);
      expect((await stage.edge.call('GET', path)).status).toBe(401);
    }
    expect((await stage.edge.call('DELETE', '/api/admin/viewers/x')).status).toBe(401);
  });

  it('asks one viewer to leave, and lets them in again when they ask', async () => {
    const token = await stage.token(stage.amy);
    const { answer, peer } = await stage.whep(token);
    const socket = await stage.events(token);
    const id = answer.headers.get('location')?.split('/').at(-1) ?? '';
    const sent = await stage.edge.admin('DELETE', `viewers/${id}`);
    expect([sent.status, sent.json]).toEqual([200, { account: 'amy', room: 'room-1', sessions: 1, until: null }]);
    expect(await socket.closed).toBe(4410);
    await until(() => peer.state === 'closed');
    expect(codeOf((await stage.whep(token)).answer)).toBe('sent_away');
    expect(codeOf(await stage.hls(token))).toBe('sent_away');
    expect(await (await stage.events(token)).closed).toBe(4410);
    const renewed = await stage.edge.call('POST', '/api/rooms/room-1/playback', { bearer: stage.amy, json: { renews: token } });
    expect([renewed.status, codeOf(renewed)]).toEqual([403, 'sent_away']);
    expect((await stage.whep(await stage.token(stage.amy))).answer.status).toBe(201);
    expect(codeOf(await stage.edge.admin('DELETE', `viewers/${id}`))).toBe('unknown_viewer');
  });

  it('keeps an account out of the room for the time that was said, and of no other room', async () => {
    const [mine, theirs] = [await stage.token(stage.amy), await stage.token(stage.ben)];
    const [{ peer }, other] = [await stage.whep(mine), await stage.whep(theirs)];
    const flv = await stage.flv(mine);
    const closed = once(flv, 'close');
    const sent = await stage.edge.admin('DELETE', 'rooms/room-1/accounts/amy', { forSeconds: 3_600 });
    expect([sent.json.account, sent.json.sessions >= 1]).toEqual(['amy', true]);
    await closed;
    await until(() => peer.state === 'closed');
    const refused = await stage.edge.playback(stage.amy);
    expect([refused.status, codeOf(refused)]).toEqual([403, 'sent_away']);
    expect(Date.parse(refused.json.error.details.until) - Date.now()).toBeGreaterThan(3_500_000);
    await stage.edge.admin('PUT', 'tickets/amy/guest');
    expect((await stage.edge.playback(stage.amy, 'room-2')).status).toBe(200);
    expect(other.peer.state).toBe('connected');
    await stage.edge.admin('DELETE', 'rooms/room-1/accounts/amy', { forSeconds: 0 });
    expect((await stage.edge.playback(stage.amy)).status).toBe(200);
  });

  it('takes another key of campus while everybody stays, and keeps the old one where the new is no good', async () => {
    const { peer } = await stage.whep(await stage.token(stage.amy));
    const [before, publishBefore] = [stage.edge.token(), stage.edge.publishKey('room-2', 'old')];
    writeFileSync(stage.edge.campusKeyFile, 'nonsense');
    const bad = await stage.edge.admin('POST', 'reload');
    expect(bad.json.files).toMatchObject([{ name: 'campus-key', outcome: 'failed', reason: expect.stringContaining('campus.pem') as string }]);
    expect((await stage.edge.call('GET', '/api/rooms', { bearer: before })).status).toBe(200);
    stage.edge.changeCampusKey();
    expect((await stage.edge.admin('POST', 'reload')).status).toBe(401);
    const good = await stage.edge.call('POST', '/api/admin/reload', { bearer: before });
    expect(good.json.files).toEqual([{ name: 'campus-key', outcome: 'changed', reason: null }]);
    expect((await stage.edge.call('GET', '/api/rooms', { bearer: before })).status).toBe(401);
    expect((await stage.edge.admin('POST', 'reload')).json.files[0].outcome).toBe('unchanged');
    expect((await stage.edge.call('GET', '/api/rooms/room-2', { bearer: publishBefore })).status).toBe(401);
    expect((await stage.publish('room-2', publishBefore)).code).not.toBe(0);
    void stage.publish('room-2');
    await until(async () => (await stage.edge.call('GET', '/api/rooms/room-2')).json.live);
    const media = peer.stats().bytesReceived;
    await until(() => peer.stats().bytesReceived > media);
    expect(peer.state).toBe('connected');
  });

  it('is emptied little by little, sends its publisher on at the end, and comes back when that is undone', async () => {
    const [one, two] = [await stage.token(stage.amy), await stage.token(stage.ben)];
    const [first, second] = [await stage.whep(one), await stage.whep(two)];
    const socket = await stage.events(one);
    await stage.hls(two);
    const begun = await stage.edge.admin('PUT', 'drain', { draining: true, overSeconds: 86_400 });
    expect([begun.json.draining, begun.json.sessions >= 2]).toEqual([true, true]);
    const health = await stage.edge.call('GET', '/healthz');
    expect([health.status, health.json.reasons[0]]).toEqual([503, 'This edge is draining: nobody new comes in.']);
    const refused = await stage.edge.playback(stage.amy);
    expect([refused.status, codeOf(refused), refused.json.error.details.retryAfterMs]).toEqual([503, 'draining', 2_000]);
    expect(codeOf((await stage.whep(one)).answer)).toBe('draining');
    expect([first.peer.state, second.peer.state, (await stage.hls(two, 'source/index.m3u8')).status]).toEqual(['connected', 'connected', 200]);
    expect((await stage.edge.call('POST', '/whip/room-2', { bearer: stage.edge.publishKey('room-2'), headers: { 'content-type': 'application/sdp' }, body: 'x' })).json.error.code).toBe('draining');
    await stage.edge.admin('PUT', 'drain', { draining: true, overSeconds: 1 });
    expect(await socket.closed).toBe(1012);
    await until(() => first.peer.state === 'closed' && second.peer.state === 'closed');
    expect(codeOf(await stage.hls(two, 'source/index.m3u8'))).toBe('draining');
    await until(async () => (await stage.node()).rooms.every(({ publisher }) => publisher === null));
    expect((await stage.node()).drain).toMatchObject({ draining: true, sessions: 0 });
    await stage.edge.admin('PUT', 'drain', { draining: false });
    expect((await stage.edge.call('GET', '/healthz')).status).toBe(200);
    void stage.publish();
    await until(async () => (await stage.whep(one)).answer.status === 201);
    expect((await stage.hls(two)).status).toBe(200);
  });
});

describe('an edge with too much to do', { timeout: 90_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(SOON_FULL);
  });
  afterAll(() => stage.close());
  const level = async (wanted: string): Promise<unknown> => until(async () => (await stage.node()).load.level === wanted);

  it('sends new viewers to LL-HLS first, then away with words, and touches nobody who watches', async () => {
    const [one, two] = [await stage.token(stage.amy), await stage.token(stage.ben)];
    const first = await stage.whep(one);
    await level('busy');
    const busy = (await stage.whep(two)).answer;
    expect([busy.status, codeOf(busy), busy.headers.get('access-control-allow-origin')]).toEqual([503, 'busy', '*']);
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThanOrEqual(20);
    expect(busy.json.error.details.hls).toBe(`http://edge.test/hls/room-1/index.m3u8?token=${two}`);
    expect((await stage.hls(two)).status).toBe(200);
    expect((await stage.node()).load.because).toEqual(['peersShare']);
    expect((await stage.whep(one)).answer.status).toBe(201);
    await level('full');
    const full = await stage.edge.playback(stage.cat);
    expect([full.status, codeOf(full), full.json.error.details.retryAfterMs >= 20_000]).toEqual([503, 'edge_full', true]);
    expect([(await stage.hls(two)).status, (await stage.hls(two, 'source/index.m3u8')).status]).toEqual([200, 200]);
    const renewed = await stage.edge.call('POST', '/api/rooms/room-1/playback', { bearer: stage.ben, json: { renews: two } });
    expect(renewed.status).toBe(200);
    expect((await stage.hls(await stage.token(stage.ben))).status).toBe(200);
    expect((await stage.edge.call('GET', '/metrics')).text).toMatch(/^edge_load_level\{.*\} 2$/m);
    const media = first.peer.stats().bytesReceived;
    await until(() => first.peer.stats().bytesReceived > media);
    await stage.empty();
    await level('normal');
    expect((await stage.edge.playback(stage.cat)).status).toBe(200);
  });

  it('says full to those who hold a token and do not watch yet, by every protocol', async () => {
    const [one, late] = [await stage.token(stage.amy), await stage.token(stage.cat)];
    await stage.whep(one);
    await stage.whep(one);
    await level('full');
    expect(codeOf(await stage.hls(late))).toBe('edge_full');
    expect(codeOf((await stage.whep(late)).answer)).toBe('edge_full');
    expect(codeOf(await stage.edge.call('GET', `/flv/room-1.flv?token=${late}`))).toBe('edge_full');
    await stage.empty();
    await level('normal');
    expect((await stage.whep(late)).answer.status).toBe(201);
  });
});

function next(page: ViewerPage | undefined): string | null {
  return page?.next ?? null;
}
