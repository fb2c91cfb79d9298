import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { manualClock } from '#kit/media/clock.ts';
import { listenOn, type Http } from '#kit/process/http.ts';
import { createLog } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { hashPassword, hashSecret } from '#kit/process/secrets.ts';
import { CodedError } from '#kit/process/errors.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { PanelAccess } from '../access/panel-access.ts';
import { CameraDesk } from '../cameras/camera-desk.ts';
import { roomChoreography } from '../choreography/room-choreography.ts';
import { OnvifRoom } from '../cameras/onvif/onvif-room.ts';
import { tcpLink } from '../cameras/links/tcp.ts';
import { ViscaCamera } from '../cameras/visca-camera.ts';
import type { State } from '../contract/state.ts';
import { chosen, FIRST_INSET, type LayoutChoice, layoutSummaries, withCustom } from '../gate/layout-choice.ts';
import { LayoutImages } from '../gate/layout-images.ts';
import { ProgramDesk } from '../gate/program-desk.ts';
import { ProgramSound } from '../gate/program-sound.ts';
import { Classroom } from '../lesson/classroom.ts';
import { recordingState, type RecordingFacts } from '../state/recording-proof.ts';
import { RoomMonitor } from '../state/room-monitor.ts';
import { lessonView } from '../state/room-view.ts';
import { policyOf } from '../schedule/schedule-config.ts';
import { AuditStore } from '../store/audit-store.ts';
import { SqliteClassJournal } from '../store/class-journal.ts';
import { openDatabase } from '../store/database.ts';
import { SqliteLessonStore } from '../store/lesson-store.ts';
import { MacroStore } from '../store/macro-store.ts';
import { PresetStore } from '../store/preset-store.ts';
import { RoomMemory } from '../store/room-memory.ts';
import { boxSeal } from '../store/seal.ts';
import { SettingStore } from '../store/setting-store.ts';
import { NO_SHARE } from '../share/no-share.ts';
import { createPanelServer } from './server.ts';

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000 };
const TOKEN = 'the-paired-screen';
const PIN = '2468';
const log = createLog('test');
log.level = 'silent';
const clock = manualClock(1_700_000_000_000);
const wallClock = { nowMs: () => Date.now() };
const stop = new AbortController();
const played = { choice: { id: 'camera', inset: FIRST_INSET, custom: [] } as LayoutChoice, muted: false, sound: new ProgramSound([{ id: 'mic', name: 'Microphone', backup: false, delayMs: 0 }]) };
const programNow = () => ({
  layout: played.choice.id, inset: played.choice.inset, layouts: layoutSummaries(played.choice, [], { width: 1280, height: 720 }), muted: played.muted,
  sound: played.sound.state(), soundSettings: played.sound.settings,
});
const sending = { stopped: false };
const opened: string[] = [];
const erased: number[] = [];
const NOTHING_RECORDED: RecordingFacts = {
  id: null, wanted: false, attached: false, tracks: [], onDisk: [], lastFragmentAtMs: null, soundAtMs: null, proof: null,
  gaps: [], pauses: [], redactions: [], freeBytes: 1e12, isDiskFull: false, problem: '',
};
const images = mkdtempSync(join(tmpdir(), 'images-'));
const received: Buffer[] = [];
let http: Http;
let base = '';
let camera: Server;
let audit: AuditStore;
let running: Promise<unknown>;

/** A real server over a real database and a camera on a real socket that answers nonsense; the program alone is played. */
beforeAll(async () => {
  camera = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received.push(bytes);
      socket.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n\x90\xff\xff\xff', 'latin1'));
    });
  }).listen(0, '127.0.0.1');
  await once(camera, 'listening');
  const { port } = camera.address() as { port: number };
  const db = openDatabase(':memory:');
  const memory = new RoomMemory(db, await hashPassword(PIN));
  audit = new AuditStore(db);
  const head = new ViscaCamera({ open: tcpLink({ host: '127.0.0.1', port }), clock: wallClock, maxZoom: 20 });
  const desk = new CameraDesk([{ id: 'camera', name: 'Camera', head, presets: { 1: 'Board' } }], new PresetStore(db));
  const classroom = new Classroom({
    store: new SqliteLessonStore(db),
    recording: { open: async ({ id }) => void opened.push(id), close: async () => undefined },
    uplink: { begin: () => undefined, end: async () => undefined },
    program: { setPaused: () => undefined, setSoundCapture: () => undefined },
    clock: { nowMs: () => clock.nowMs(), inDoubt: false }, log, journal: new SqliteClassJournal(db, clock.nowMs()), policy: policyOf({}), room: () => ({ id: 'room-301', timetable: [] }), changed: () => undefined,
  });
  const monitor = new RoomMonitor({
    clock,
    classClock: clock,
    room: () => ({ id: 'room-301', name: 'Room 301' }),
    lesson: () => lessonView(classroom.lesson),
    next: () => classroom.next(),
    program: () => ({ sources: [], encoder: { name: 'libx264', fps: 25, renditions: [], refused: [] }, ...programNow() }),
    recording: () => recordingState(NOTHING_RECORDED, { heardAtMs: 0, silenceExpected: true }, { bytesPerHour: 1e9, reserveBytes: 0 }, 0),
    uplink: () => ({ protocol: 'none', bytesSent: 0, problem: '', way: { transport: 'none', layers: [], estimateKbps: null, lossPercent: null, rttMs: null, stopped: sending.stopped } }),
    edge: () => ({ sight: null, reachable: null }),
    cameras: () => desk.states(),
    macros: () => choreography.macros.state(),
    cloud: () => ({
      cloud: { state: 'idle', pendingBytes: 0, remainingSeconds: null, problem: '', recordings: [] },
      enrolment: { phase: 'unclaimed', claimCode: 'K7QF-2MXA', claimUrl: 'http://campus.example/claim?code=K7QF-2MXA', campusReachable: true },
    }),
    schedule: () => ({ source: 'none', fetchedAt: null, problem: '', today: [], missed: [], nextStartsInSeconds: null, startBy: 'touch', ending: null }),
    rehearsal: () => ({ at: null, forClass: null, verdict: 'none', checks: [] }),
    health: () => ({ verdict: 'ok', alarms: [] }),
    share: () => NO_SHARE,
    soundCaptured: () => false,
    encodersToTry: 1,
  });
  const program = new ProgramDesk({
    memory, log, images: new LayoutImages(images),
    sources: [{ id: 'camera', kind: 'camera' }, { id: 'slides', kind: 'slides' }, { id: 'mic', kind: 'microphone' }],
    program: {
      setLayout: (request) => (played.choice = chosen(played.choice, request)),
      setCustomLayouts: (custom) => (played.choice = withCustom(played.choice, custom)),
      setMuted: (muted) => (played.muted = muted),
      setSound: (source, request) => played.sound.set(source, request),
      snapshot: programNow,
    },
  });
  const choreography = roomChoreography({
    book: new MacroStore(db, []), desk, program, clock, log, live: () => false,
    pipeline: { snapshot: () => ({ ...programNow(), sources: [] }), setLayout: (request) => (played.choice = chosen(played.choice, request)) },
  });
  const server = await createPanelServer({
    services: {
      access: new PanelAccess(memory, hashSecret(TOKEN), clock),
      allowedHosts: [],
      classroom,
      cameras: desk,
      macros: choreography.macros,
      onvif: new OnvifRoom({ config: { cameras: [], cameraDiscovery: { interfaces: [] } }, seal: boxSeal(images), kept: new SettingStore(db), clock, log }),
      rehearsal: { start: () => undefined },
      health: { history: (series) => ({ series, from: new Date(0).toISOString(), stepMs: 1_000, mean: [1, null], high: [2, null] }) },
      sources: { snapshot: async (id) => Buffer.from(id), devices: async () => [] },
      program,
      recording: { erase: async (seconds) => void erased.push(seconds) },
      stream: { stop: async () => void (sending.stopped = true), resume: () => void (sending.stopped = false) },
      share: null,
      state: () => monitor.state(),
      levels: () => ({ sources: { microphone: -20.123 }, program: -21, peaks: { microphone: -9.87 }, programPeak: -10 }),
      settings: { get: () => memory.settings(), set: (settings) => memory.setSettings(settings) },
      audit: (who, what, details) => audit.add({ atMs: clock.nowMs(), who, what, details }),
      preview: {
        accept: async (sdp) => {
          if (!sdp.startsWith('v=0')) throw new CodedError('bad_sdp', 'The offer is no SDP.');
          return { answerSdp: 'v=0\r\n', id: 'viewer' };
        },
        close: (id) => id === 'viewer',
      },
      returnPicture: () => null,
    },
    panelDist: import.meta.dirname,
    connect: () => [],
    health: () => ({ ok: true, reasons: [] }),
    metrics: createMetrics('test'),
    log,
  });
  http = server.http;
  base = `127.0.0.1:${await listenOn(http, { host: '127.0.0.1', port: 0 })}`;
  running = Promise.all([server.events.run(stop.signal), supervise('camera', (signal) => head.run(signal), { signal: stop.signal, log, maxDelayMs: 500 })]);
});

afterAll(async () => {
  stop.abort();
  await running;
  await http.close();
  camera.close();
  rmSync(images, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: { error?: { code: string; message: string; details?: Record<string, unknown> } } & Partial<State> & Record<string, unknown>;
}
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`http://${base}${path}`, {
    method, headers: { authorization: `Bearer ${TOKEN}`, ...json, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith('{') || text === 'null' ? (JSON.parse(text) as Answer['body']) : {} };
}

it('starts one class however often Start is pressed', async () => {
  const answers = await Promise.all([call('POST', '/api/lesson/start'), call('POST', '/api/lesson/start', {}), call('POST', '/api/lesson/start', { title: 'Twice' })]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(answers.map(({ body }) => body.lesson?.id)).size).toBe(1);
  expect(opened).toHaveLength(1);
  await call('POST', '/api/lesson/stop');
  await vi.waitFor(async () => expect((await call('GET', '/api/state')).body.lesson?.phase).toBe('idle'), WAIT);
});

it('stops the sending and sends again, and writes down who did', async () => {
  expect((await call('POST', '/api/stream/stop')).body.stream?.stopped).toBe(true);
  expect((await call('POST', '/api/stream/resume')).body.stream?.stopped).toBe(false);
  expect(audit.newest(2).map(({ what }) => what).toSorted()).toEqual(['resume-sending', 'stop-sending']);
});

it('erases as much as is asked for, and writes down who did', async () => {
  expect(await call('POST', '/api/lesson/erase', { seconds: 30 })).toMatchObject({ status: 200, body: { recording: { redactions: [] } } });
  expect([erased, audit.newest(1)]).toEqual([[30], [expect.objectContaining({ what: 'erase' })]]);
});

it.each([
  ['GET', '/api/state', undefined],
  ['POST', '/api/stream/stop', undefined],
  ['POST', '/api/lesson/erase', { seconds: 30 }],
  ['POST', '/api/lesson/start', {}],
  ['POST', '/api/cameras/nowhere/home', undefined],
  ['GET', '/api/settings', undefined],
  ['POST', '/preview/whep', undefined],
] as const)('lets nobody in without a token: %s %s', async (method, path, body) => {
  expect(await call(method, path, body, { authorization: 'Bearer wrong' })).toMatchObject({ status: 401, body: { error: { code: 'not_signed_in' } } });
});

it.each([
  ['a layout that is none', 'POST', '/api/layout', { id: 'upside-down' }, 404, 'unknown_layout'],
  ['an inset in no corner', 'POST', '/api/layout', { id: 'picture-in-picture', corner: 'middle' }, 400, 'bad_request'],
  ['a layout of the room’s own without the PIN', 'DELETE', '/api/layouts/lecture', undefined, 403, 'pin_needed'],
  ['a gain beyond the scale', 'POST', '/api/sound/mic', { gainDb: 90 }, 400, 'bad_request'],
  ['a change of nothing', 'POST', '/api/sound/mic', {}, 400, 'bad_request'],
  ['the sound of no source', 'POST', '/api/sound/attic', { muted: true }, 404, 'unknown_source'],
  ['an unknown key', 'POST', '/api/mute', { muted: true, loudly: true }, 400, 'bad_request'],
  ['an erasure of a second', 'POST', '/api/lesson/erase', { seconds: 1 }, 400, 'bad_request'],
  ['an extension of seven minutes', 'POST', '/api/lesson/extend', { minutes: 7 }, 400, 'bad_request'],
  ['a pause of nothing', 'POST', '/api/lesson/pause', undefined, 409, 'no_class'],
  ['an end of nothing', 'POST', '/api/lesson/stop', undefined, 409, 'no_class'],
  ['an unknown camera', 'POST', '/api/cameras/attic/home', undefined, 404, 'unknown_camera'],
  ['a drive beyond full speed', 'POST', '/api/cameras/camera/drive', { pan: 2, tilt: 0, zoom: 0 }, 400, 'bad_request'],
  ['a preset that opens the camera’s menu', 'POST', '/api/cameras/camera/presets/95/recall', undefined, 400, 'bad_preset'],
  ['changing settings without the PIN', 'PUT', '/api/settings', { language: 'en', defaultLayout: 'camera', silenceExpected: false }, 403, 'pin_needed'],
  ['an unknown address', 'GET', '/api/nothing', undefined, 404, 'not_found'],
])('refuses %s and says so', async (_what, method, path, body, status, code) => {
  const answer = await call(method, path, body);
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  expect(answer.body.error?.message).toMatch(/[a-z]/);
});

it('refuses pages of other origins, on the events socket too', async () => {
  expect(await call('POST', '/api/lesson/start', {}, { origin: 'http://evil.example' })).toMatchObject({ status: 403, body: { error: { code: 'foreign_origin' } } });
  expect((await call('GET', '/api/state', undefined, { origin: `http://${base}` })).status).toBe(200);
  const socket = new WebSocket(`ws://${base}/api/events`, { origin: 'http://evil.example' });
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toContain('403');
});

it('shows the camera that answers nonsense as lost, and why', async () => {
  await vi.waitFor(() => expect(received.length).toBeGreaterThan(0), WAIT);
  // What it answered has still to be read.
  await vi.waitFor(async () => {
    const { body } = await call('GET', '/api/state');
    expect(body.cameras?.[0]).toMatchObject({ link: 'lost', presets: [{ id: '1', name: 'Board' }], advice: expect.stringMatching(/not in VISCA/) });
  }, WAIT);
  expect(await call('POST', '/api/cameras/camera/home')).toMatchObject({ status: 503, body: { error: { code: 'camera_unreachable' } } });
  // A drive is not refused: the page sends five a second, and the state says that the link is lost.
  expect((await call('POST', '/api/cameras/camera/drive', { pan: 0.5, tilt: 0, zoom: 0 })).status).toBe(204);
});

it('gives the box’s past for a series that it has, to who may look', async () => {
  expect((await call('GET', '/api/health/history?series=cpu-percent&from=2026-10-01T00:00:00Z')).body).toMatchObject({ stepMs: 1_000, mean: [1, null] });
  expect((await call('GET', '/api/health/history?series=mood')).body.error?.code).toBe('bad_request');
  expect((await call('GET', '/api/health/history?series=cpu-percent', undefined, { authorization: '' })).status).toBe(401);
});

it('sends state and levels over the socket after hello, and closes without it', async () => {
  const socket = new WebSocket(`ws://${base}/api/events`);
  const messages: { type: string; state?: State }[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as { type: string }));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', token: TOKEN }));
  await vi.waitFor(() => expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(['welcome', 'state', 'levels'])), WAIT);
  await call('POST', '/api/layout', { id: 'slides' });
  await vi.waitFor(() => expect(messages.filter(({ type }) => type === 'state').at(-1)?.state?.layout).toBe('slides'), WAIT);
  socket.send('{"type":"drive","camera":"attic","pan":0,"tilt":0,"zoom":0}');
  const [code] = (await once(socket, 'close')) as [number];
  expect(code).toBe(4400);

  const stranger = new WebSocket(`ws://${base}/api/events`);
  await once(stranger, 'open');
  stranger.send('{"type":"hello","token":"wrong"}');
  const [refused] = (await once(stranger, 'close')) as [number];
  expect(refused).toBe(4401);
});

it('answers WHEP as WHEP should be answered', async () => {
  const offer = (headers: Record<string, string>, body = 'v=0\r\n') =>
    fetch(`http://${base}/preview/whep`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, ...headers }, body });
  const good = await offer({ 'content-type': 'application/sdp', accept: 'application/sdp' });
  expect([good.status, good.headers.get('location'), good.headers.get('content-type')]).toEqual([201, '/preview/whep/viewer', 'application/sdp']);
  expect((await offer({ 'content-type': 'application/json' })).status).toBe(415);
  expect((await offer({ 'content-type': 'application/sdp', accept: 'text/html' })).status).toBe(406);
  expect((await offer({ 'content-type': 'application/sdp' }, 'hello')).status).toBe(400);
  expect((await call('DELETE', '/preview/whep/viewer')).status).toBe(200);
  expect((await call('DELETE', '/preview/whep/gone')).status).toBe(404);
  expect((await call('GET', '/api/return')).body).toBeNull();
  const qr = await fetch(`http://${base}/api/claim-qr.svg`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect([qr.status, qr.headers.get('content-type'), (await qr.text()).slice(0, 4)]).toEqual([200, 'image/svg+xml', '<svg']);
});

it('opens settings to the PIN, and slows down whoever guesses it', async () => {
  const { body } = await call('POST', '/api/session', { pin: PIN }, { authorization: '' });
  const session = { authorization: `Bearer ${String(body['token'])}` };
  expect((await call('PUT', '/api/settings', { language: 'zh-CN', defaultLayout: 'slides', silenceExpected: true }, session)).status).toBe(200);
  expect((await call('GET', '/api/settings', undefined, session)).body).toMatchObject({ language: 'zh-CN' });

  const cameraSettings = { onAirMoves: 'refuse', limits: { minPanDeg: -30, maxPanDeg: 30, minTiltDeg: -10, maxTiltDeg: 15 }, parking: { preset: '1', afterMinutes: 20 } };
  expect((await call('GET', '/api/cameras/camera/settings')).status).toBe(403);
  expect((await call('GET', '/api/cameras/camera/settings', undefined, session)).body).toEqual({ onAirMoves: 'smooth', limits: null, parking: null });
  expect(await call('PUT', '/api/cameras/camera/settings', { ...cameraSettings, parking: { preset: '77', afterMinutes: 20 } }, session)).toMatchObject({ status: 404, body: { error: { code: 'unknown_preset' } } });
  expect((await call('PUT', '/api/cameras/camera/settings', cameraSettings, session)).status).toBe(200);
  expect(await call('POST', '/api/cameras/camera/care', { do: 'brighter' })).toMatchObject({ status: 503, body: { error: { code: 'camera_unreachable' } } });
  expect(await call('POST', '/api/cameras/camera/framing', { mode: 'follow' })).toMatchObject({ status: 400, body: { error: { code: 'camera_cannot' } } });
  expect(await call('GET', '/api/cameras/camera/presets/1/picture')).toMatchObject({ status: 404, body: { error: { code: 'no_picture' } } });

  const scene = { id: 'board', name: 'Board', steps: [{ type: 'layout', id: 'slides' }, { type: 'mute', muted: true }] };
  expect((await call('PUT', '/api/macros/board', scene)).status).toBe(403);
  expect(await call('PUT', '/api/macros/board', { ...scene, steps: [{ type: 'view', camera: 'camera', preset: '9' }] }, session)).toMatchObject({ status: 400, body: { error: { code: 'bad_macro' } } });
  expect((await call('PUT', '/api/macros/board', scene, session)).body).toEqual(scene);
  expect((await call('POST', '/api/macros/board/run')).body.macros).toMatchObject({ list: [{ id: 'board', name: 'Board' }], problem: '' });
  await vi.waitFor(async () => expect((await call('GET', '/api/state')).body).toMatchObject({ layout: 'slides', muted: true, macros: { running: null } }), WAIT);
  expect((await call('DELETE', '/api/macros/board', undefined, session)).status).toBe(204);
  expect(await call('POST', '/api/macros/board/run')).toMatchObject({ status: 404, body: { error: { code: 'unknown_macro' } } });
  await call('POST', '/api/mute', { muted: false });

  const layout = {
    id: 'lecture', name: 'Lecture', background: { colour: '#101418' },
    tiles: [{ source: 'slides', rect: { x: 0, y: 0, width: 0.75, height: 1 }, z: 0, fit: 'contain' }, { source: 'attic', rect: { x: 0.75, y: 0, width: 0.5, height: 0.5 }, z: 1, fit: 'cover' }],
  };
  const refused = await call('PUT', '/api/layouts/lecture', layout, session);
  expect(refused).toMatchObject({ status: 400, body: { error: { code: 'bad_layout', details: { problems: [expect.stringMatching(/attic/), expect.stringMatching(/edge/)] } } } });
  const good = { ...layout, tiles: layout.tiles.slice(0, 1) };
  expect((await call('PUT', '/api/layouts/lecture', good, session)).body).toEqual(good);
  expect((await call('POST', '/api/layout', { id: 'lecture' })).body).toMatchObject({ layout: 'lecture', layouts: expect.arrayContaining([expect.objectContaining({ id: 'lecture', name: 'Lecture', kind: 'custom' })]) });
  expect((await call('GET', '/api/layouts/lecture', undefined, session)).body).toEqual(good);
  const put = (file: string, body: Uint8Array, type = 'image/png') =>
    fetch(`http://${base}/api/layout-images/${file}`, { method: 'PUT', headers: { ...session, 'content-type': type }, body });
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);
  expect([(await put('crest.png', png)).status, (await put('crest.jpg', png)).status, (await put('..%2Fx.png', png)).status]).toEqual([204, 400, 400]);
  expect((await put('crest.png', png, 'text/plain')).status).toBe(415);
  expect((await put('crest.png', new Uint8Array(2 * 1024 * 1024 + 1))).status).toBe(413);
  const withLogo = { ...good, logo: { file: 'crest.png', rect: { x: 0.9, y: 0, width: 0.1, height: 0.1 } } };
  expect((await call('PUT', '/api/layouts/lecture', withLogo, session)).status).toBe(200);
  expect(await call('DELETE', '/api/layout-images/crest.png', undefined, session)).toMatchObject({ status: 409, body: { error: { code: 'image_in_use' } } });
  expect((await call('DELETE', '/api/layouts/lecture', undefined, session)).status).toBe(204);
  expect((await call('GET', '/api/layout-images', undefined, session)).body).toEqual({ files: ['crest.png'] });
  expect((await call('DELETE', '/api/layout-images/crest.png', undefined, session)).status).toBe(204);
  expect((await call('GET', '/api/state')).body.layout).toBe('camera');
  expect((await call('POST', '/api/layout', { id: 'picture-in-picture', corner: 'top-left' })).body.inset).toEqual({ corner: 'top-left', size: 'medium' });
  expect((await call('POST', '/api/sound/mic', { gainDb: -6, delayMs: 40 })).body.sound?.sources).toMatchObject([{ id: 'mic', gainDb: -6, delayMs: 40, muted: false }]);

  for (let tries = 0; tries < 5; tries += 1) expect(await call('POST', '/api/session', { pin: '0000' })).toMatchObject({ status: 401, body: { error: { code: 'wrong_pin' } } });
  const slowed = await call('POST', '/api/session', { pin: PIN });
  expect(slowed).toMatchObject({ status: 429, body: { error: { code: 'too_many_tries', details: { retryAfterMs: 10_000 } } } });
  clock.advanceMs(10_000);
  expect((await call('POST', '/api/session', { pin: PIN })).status).toBe(200);

  clock.advanceMs(3_600_001);
  expect((await call('GET', '/api/settings', undefined, session)).status).toBe(401);
  const written = audit.newest(50).map(({ what }) => what);
  expect(written).toEqual(expect.arrayContaining(['start', 'stop', 'layout', 'signed-in', 'wrong-pin', 'too-many-tries', 'changed-settings', 'changed-camera', 'saved-macro', 'macro', 'deleted-macro']));
  expect(JSON.stringify(audit.newest(50))).not.toContain(PIN);
});
