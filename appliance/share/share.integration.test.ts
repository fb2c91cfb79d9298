import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kit/media/clock.ts';
import { createAuthority } from '#kit/process/certificates.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import { startLiveSource } from '#kit/webrtc/testing/live-source.ts';
import type { Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TryGuard } from '../access/try-guard.ts';
import { keepDialled } from '../gate/dial.ts';
import { openShareServer } from '../http/share-server.ts';
import type { CaptureNews, CaptureSource } from '../sources/capture-source.ts';
import { type Db, openDatabase } from '../store/database.ts';
import { SettingStore } from '../store/setting-store.ts';
import type { KeptIdentity } from './identity.ts';
import { LaptopShare } from './laptop-share.ts';
import { type Answer, type Call, httpsCall } from './testing/https-call.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const RASTER = { width: 320, height: 180 };
const FRAME_BYTES = (RASTER.width * RASTER.height * 3) / 2;
const log = createLog('test');
log.level = 'silent';

/** `bootMs`: the clock that the box took up when it was started; `wallMs`: what time it is. */
const room: { occasion: string | null; bootMs: number; wallMs: number } = { occasion: 'physics', bootMs: 0, wallMs: 0 };
let folder: string;
let share: LaptopShare;
/** The same box after a restart. */
let openAnother: () => LaptopShare;
let database: Db;
let webrtc: WebRtcEndpoint;
let origin: string;
let authority: string;
const closing: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  Object.assign(room, { occasion: 'physics', bootMs: Date.now(), wallMs: Date.now() });
  folder = mkdtempSync(join(tmpdir(), 'share-'));
  process.env['LECTERN_PID_DIR'] = join(folder, 'pids');
  webrtc = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  const clock = { ...systemClock(), nowMs: () => room.bootMs };
  database = openDatabase(join(folder, 'box.sqlite'));
  openAnother = () => new LaptopShare({
    config: { host: '127.0.0.1', port: 0, names: ['box.school.test'] }, serial: 'LX-1', dataDir: folder, kept: new SettingStore(database), webrtc, clock, now: () => ({ nowMs: room.wallMs, isVouchedFor: true }), log,
    guard: new TryGuard(clock, 'codes'), occasion: () => room.occasion, arrives: () => true,
  });
  share = openAnother();
  share.desk.tick();
  const server = await openShareServer({ host: '127.0.0.1', port: 0, share, roomName: () => 'Room 301', panelDist: folder, audit: () => undefined, log });
  origin = `https://127.0.0.1:${server.port}`;
  authority = kept().authority.certificatePem;
  closing.push(() => rmSync(folder, { recursive: true, force: true }), () => void database.close(), () => webrtc.close(), () => server.http.close(), () => share.desk.stop());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  delete process.env['LECTERN_PID_DIR'];
});

const kept = (): KeptIdentity => JSON.parse(readFileSync(join(folder, 'share-identity.json'), 'utf8')) as KeptIdentity;
const ask = (path: string, call?: Call): Promise<Answer> => httpsCall(`${origin}${path}`, authority, call);
const code = (): string => share.desk.state().code ?? expect.fail('the door is closed');
const wrongCode = (): string => (code() === '0000' ? '1111' : '0000');
const join_ = (typed: string, name = 'Ana'): Promise<Answer> => ask('/share/session', { method: 'POST', body: { code: typed, name } });
const tokenOf = ({ json }: Answer): string => String(json['token']);
const codeIn = ({ status, json }: Answer): [number, string | undefined] => [status, json.error?.code];

describe('the name and the certificate', () => {
  it('are the box’s own: whoever trusts its authority alone gets in, by address and by name, and nobody trusts another', async () => {
    expect((await ask('/share/room')).json).toEqual({ room: 'Room 301', open: true });
    const stranger = await createAuthority('CN=Somebody else', Date.now());
    await expect(httpsCall(`${origin}/share/room`, stranger.certificatePem)).rejects.toThrow();
    expect(kept().server.hosts).toEqual(expect.arrayContaining(['box.school.test', 'lx-1.local', '127.0.0.1']));
    expect(statSync(join(folder, 'share-identity.json')).mode & 0o777).toBe(0o600);
  });

  it('are kept over a restart and renewed a month before their end, by the same authority', async () => {
    const before = kept();
    await share.identity();
    expect(kept()).toEqual(before);
    room.wallMs = before.server.expiresAtMs - 29 * 86_400_000;
    await share.identity();
    expect(kept().authority).toEqual(before.authority);
    expect(kept().server.certificatePem).not.toBe(before.server.certificatePem);
  });

  it('are of the day on which they are asked for, whatever year the box was started in', async () => {
    Object.assign(room, { bootMs: 0, wallMs: Date.now() + 200 * 86_400_000 });
    await share.identity();
    expect(kept().server.issuedAtMs).toBe(room.wallMs);
  });

  it('answer to no stranger’s name and to no stranger’s page', async () => {
    const servername = 'box.school.test';
    expect(codeIn(await ask('/share/room', { servername, headers: { host: 'evil.test' } }))).toEqual([403, 'foreign_host']);
    expect(codeIn(await ask('/share/room', { headers: { origin: 'https://evil.test' } }))).toEqual([403, 'foreign_origin']);
    expect((await ask('/share/room', { servername, headers: { host: 'box.school.test' } })).status).toBe(200);
  });
});

describe('the code', () => {
  it('opens once; a wrong one does not, and five wrong ones make wait', async () => {
    const first = code();
    expect((await join_(first)).json).toMatchObject({ standing: 'admitted' });
    expect(code()).not.toBe(first);
    expect(codeIn(await join_(first))).toEqual([401, 'wrong_code']);
    for (let tried = 0; tried < 4; tried += 1) expect(codeIn(await join_(wrongCode()))).toEqual([401, 'wrong_code']);
    expect(codeIn(await join_(code()))).toEqual([429, 'too_many_tries']);
    share.desk.renewCode();
    expect((await join_(code())).json).toMatchObject({ standing: 'waiting' });
  });

  it('is worth nothing outside a class, unless the panel opened the door', async () => {
    room.occasion = null;
    share.desk.tick();
    expect(codeIn(await join_('1234'))).toEqual([409, 'share_closed']);
    share.desk.open();
    expect((await join_(code())).status).toBe(200);
  });

  it.each(['12345', 'abcd', ''])('is four digits: %j is refused before it is counted', async (typed) => {
    expect(codeIn(await join_(typed))).toEqual([400, 'bad_request']);
  });
});

describe('the doors behind it', () => {
  it('want the session’s token', async () => {
    for (const [method, path] of [['GET', '/share/session'], ['DELETE', '/share/session'], ['POST', '/share/whip'], ['DELETE', '/share/whip/x']] as const) {
      expect(codeIn(await ask(path, { method, token: 'nonsense', ...(method === 'POST' ? { body: 'v=0', type: 'application/sdp' } : {}) }))).toEqual([401, 'not_joined']);
    }
  });

  it('stay shut for the one that waits, until the teacher lets it in', async () => {
    await join_(code());
    const waiting = tokenOf(await join_(code(), 'Tom'));
    const offer = { method: 'POST', token: waiting, body: 'v=0', type: 'application/sdp' };
    expect(codeIn(await ask('/share/whip', offer))).toEqual([403, 'not_admitted']);
    expect(codeIn(await join_(code(), 'Eve'))).toEqual([409, 'somebody_waits']);
    const { waiting: asked } = share.desk.state();
    expect(asked?.name).toBe('Tom');
    share.desk.allow(asked?.id ?? '');
    expect((await ask('/share/session', { token: waiting })).json).toEqual({ standing: 'admitted' });
    expect(codeIn(await ask('/share/whip', offer))).toEqual([400, 'bad_sdp']);
  });
});

describe('after a restart of the box', () => {
  const restarted = (): LaptopShare['desk'] => {
    share.desk.stop();
    return openAnother().desk;
  };

  it('the laptop that shared is known by its token and has its seat, also where the timetable comes late', async () => {
    const token = tokenOf(await join_(code()));
    room.occasion = null;
    const desk = restarted();
    const guest = desk.guestOf(token) ?? expect.fail('the token is not known');
    desk.tick();
    expect([desk.standingOf(guest), desk.state().open]).toEqual(['admitted', false]);
    await expect(desk.accept(guest, 'v=0')).rejects.toMatchObject({ code: 'not_admitted' });
    room.occasion = 'physics';
    desk.tick();
    expect(desk.state()).toMatchObject({ open: true, name: 'Ana' });
    await expect(desk.accept(guest, 'v=0')).rejects.toMatchObject({ code: 'bad_sdp' });
    expect(desk.guestOf('another')).toBeNull();
  });

  it('another class knows it no more, and then no later start does', async () => {
    const token = tokenOf(await join_(code()));
    room.occasion = 'chemistry';
    const other = restarted();
    other.tick();
    expect(other.standingOf(other.guestOf(token) ?? '')).toBe('over');
    expect(openAnother().desk.guestOf(token)).toBeNull();
  });

  it('one that was away for longer types the new code', async () => {
    const token = tokenOf(await join_(code()));
    const desk = restarted();
    desk.tick();
    room.bootMs += 60_000;
    desk.tick();
    expect([desk.standingOf(desk.guestOf(token) ?? ''), desk.state().name]).toEqual(['over', '']);
  });
});

describe('a laptop’s stream', () => {
  it('reaches the gate’s sockets as pictures and sound, survives its decoder, and ends with the class', async () => {
    const { picture, sound, wanted, size } = captures();
    const session = await publish();
    await vi.waitFor(() => expect(picture.bytes).toBeGreaterThan(10 * FRAME_BYTES), WAIT);
    await vi.waitFor(() => expect(sound.bytes).toBeGreaterThan(48_000), WAIT);
    expect([wanted.at(-1), size.at(-1), share.desk.state()]).toMatchObject([true, { width: 640, height: 360 }, { active: true, name: 'Ana' }]);

    const { connections } = picture;
    process.kill(Number(readFileSync(join(folder, 'pids/capture-laptop.pid'), 'utf8')), 'SIGKILL');
    await vi.waitFor(() => expect(picture.connections).toBeGreaterThan(connections), WAIT);
    const after = picture.bytes;
    await vi.waitFor(() => expect(picture.bytes).toBeGreaterThan(after + 5 * FRAME_BYTES), WAIT);

    room.occasion = null;
    share.desk.tick();
    expect(share.desk.state()).toMatchObject({ open: false, active: false, name: '' });
    expect((await ask('/share/session', { token: session.token })).json).toEqual({ standing: 'over' });
    await vi.waitFor(() => expect(session.closed()).toBe(true), WAIT);
    await vi.waitFor(() => expect(picture.isOpen).toBe(false), WAIT);
  });

  it('survives a decoder that hangs, while the laptop goes on sending', async () => {
    const { picture } = captures();
    await publish();
    await vi.waitFor(() => expect(picture.bytes).toBeGreaterThan(10 * FRAME_BYTES), WAIT);
    const { connections } = picture;
    process.kill(Number(readFileSync(join(folder, 'pids/capture-laptop.pid'), 'utf8')), 'SIGSTOP');
    await vi.waitFor(() => expect(picture.connections).toBeGreaterThan(connections), WAIT);
    const after = picture.bytes;
    await vi.waitFor(() => expect(picture.bytes).toBeGreaterThan(after + 5 * FRAME_BYTES), WAIT);
  });

  it('ends at once when the laptop says so, and the seat is free', async () => {
    const session = await publish();
    await vi.waitFor(() => expect(share.desk.state().active).toBe(true), WAIT);
    const foreign = tokenOf(await join_(code(), 'Tom'));
    expect(codeIn(await ask(session.location, { method: 'DELETE', token: foreign }))).toEqual([404, 'no_session']);
    expect((await ask(session.location, { method: 'DELETE', token: session.token })).status).toBe(200);
    expect(share.desk.state()).toMatchObject({ active: false, name: '' });
  });
});

/** What the gate would take from a capture's socket. */
class Reader {
  bytes = 0;
  connections = 0;
  lastMs: number | null = null;
  isOpen = false;
  readonly #room = Buffer.allocUnsafe(64 * 1024);

  room(): Uint8Array {
    return this.#room;
  }
  took(bytes: number): void {
    if (!this.isOpen) this.connections += 1;
    this.isOpen = true;
    this.bytes += bytes;
    this.lastMs = performance.now();
  }
  closed(): void {
    this.isOpen = false;
  }
}

function captures() {
  const stop = new AbortController();
  const wanted: boolean[] = [];
  const size: object[] = [];
  const news: CaptureNews = { wanted: (on) => wanted.push(on), size: (found) => size.push(found) };
  const running: Promise<unknown>[] = [];
  const open = (id: string): Reader => {
    const source = share.withSources([]).find((each) => each.id === id) ?? expect.fail(`no source ${id}`);
    const socketPath = join(folder, `${id}.sock`);
    const reader = new Reader();
    const capture = share.openCapture({ source, raster: RASTER, programFps: 25, socketPath, news, wallUs: (us) => us });
    running.push(again(capture, stop.signal), keepDialled(socketPath, reader, stop.signal));
    // As the gate does.
    const reports = setInterval(() => capture.reported(reader.lastMs === null ? null : performance.now() - reader.lastMs), 500);
    closing.push(() => clearInterval(reports));
    return reader;
  };
  const [picture, sound] = [open('laptop'), open('laptop-sound')];
  closing.push(async () => {
    stop.abort();
    await Promise.all(running);
  });
  return { picture, sound, wanted, size };
}

/** As the supervisor does. */
async function again(capture: CaptureSource, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await capture.run(signal).catch(() => undefined);
}

/** A laptop, played by our own WebRTC with pictures and sound that FFmpeg made. */
async function publish(): Promise<{ token: string; location: string; closed: () => boolean }> {
  const source = await startLiveSource();
  const client = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  closing.push(() => client.close(), () => source.close());
  const token = tokenOf(await join_(code()));
  const offered = await client.offer({ rids: [], audio: true, h264ProfileLevelId: '42e01f' });
  const answer = await ask('/share/whip', { method: 'POST', token, body: offered.offerSdp, type: 'application/sdp' });
  expect(answer.status).toBe(201);
  await offered.setAnswer(answer.body);
  send(offered.peer, source);
  return { token, location: String(answer.headers['location']), closed: () => offered.peer.state === 'closed' };
}

function send(peer: Peer, source: Awaited<ReturnType<typeof startLiveSource>>): void {
  source.onFrame((frame) => peer.send(frame));
  peer.on('keyframe-requested', () => source.gop.forEach((frame) => peer.send(frame)));
}
