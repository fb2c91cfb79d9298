import type { State } from '#appliance/contract/state.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Panel } from './panel.svelte.ts';
import { stateWith } from './shared/state-for-tests.ts';

/** A box as the page meets it: answers, and one socket at a time. */
const box = { state: stateWith({}), away: false, knows: new Set(['paired']), socket: null as Socket | null, welcomes: true };

class Socket extends EventTarget {
  static readonly OPEN = 1;
  readonly readyState = Socket.OPEN;
  readonly bufferedAmount = 0;
  constructor() {
    super();
    box.socket = this;
    queueMicrotask(() => this.dispatchEvent(new Event('open')));
  }
  send(text: string): void {
    const { token } = JSON.parse(text) as { token: string };
    if (!box.knows.has(token)) this.closed(4401);
    else if (box.welcomes && !box.away) this.says({ type: 'welcome' });
  }
  close = () => undefined;
  closed(code: number): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
  says(message: object): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }
}

const refused = (code: string) => Response.json({ error: { code, message: code } }, { status: 401 });
const later = (ms: number) => new Date(Date.now() + ms).toISOString();

async function answer(path: string, { method, headers }: RequestInit): Promise<Response> {
  if (box.away) throw new TypeError('unreachable');
  if (path === '/') return new Response('');
  if (path === '/api/session' && method === 'POST') {
    box.knows.add('session');
    return Response.json({ token: 'session', expiresAt: '2026-09-07T11:30:00Z' });
  }
  if (!box.knows.has(new Headers(headers).get('authorization')?.slice(7) ?? '')) return refused('not_signed_in');
  return Response.json(path === '/api/settings' ? { language: 'en' } : { ...box.state, at: box.state.at });
}

const moments = (ms: number) => vi.advanceTimersByTimeAsync(ms);
let stop: AbortController;
function open(pairing: string | null = 'paired'): Panel {
  vi.stubGlobal('location', { hash: pairing === null ? '' : `#pair=${pairing}`, origin: 'http://box', pathname: '/', search: '' });
  const panel = new Panel();
  panel.readCredentials();
  stop = new AbortController();
  void panel.run(stop.signal);
  return panel;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-09-07T10:30:00Z') });
  Object.assign(box, { state: stateWith({ at: later(0) }), away: false, knows: new Set(['paired']), socket: null, welcomes: true });
  vi.stubGlobal('fetch', answer);
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('history', { replaceState: () => undefined });
  vi.stubGlobal('document', { head: { innerHTML: '' }, documentElement: {} });
});
afterEach(async () => {
  stop.abort();
  await moments(10);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const tell = (state: State) => box.socket?.says({ type: 'state', state });

it('shows what the box tells after its clock was set back by an hour', async () => {
  const panel = open();
  await moments(100);
  tell(stateWith({ at: later(-3_600_000), lesson: { phase: 'live' } }));
  expect(panel.state?.lesson.phase).toBe('live');
});

it('does not go back to a state that was overtaken', async () => {
  const panel = open();
  await moments(100);
  panel.show(stateWith({ at: later(200), lesson: { phase: 'live' } }));
  tell(stateWith({ at: later(100) }));
  expect(panel.state?.lesson.phase).toBe('live');
});

it('takes a step of the box’s clock within seconds', async () => {
  const panel = open();
  await moments(30_000);
  box.state = stateWith({ at: later(3_600_000) });
  tell(box.state);
  await moments(1_100);
  expect(Math.abs(panel.clockOffsetMs() - 3_600_000)).toBeLessThan(2_000);
});

it('calls the connection lost where a state was told, and nothing after it', async () => {
  box.welcomes = false;
  const panel = open();
  await moments(100);
  expect([panel.state?.room, panel.stale]).toEqual(['room-301', false]);
  box.away = true;
  await moments(2_500);
  expect(panel.stale).toBe(true);
});

it('calls what it shows old four seconds after the last word, not when a question has gone unanswered', async () => {
  const panel = open();
  await moments(1_000);
  box.socket?.says({ type: 'levels', program: -30, sources: {} });
  expect(panel.stale).toBe(false);
  box.away = true;
  await moments(4_600);
  expect(panel.stale).toBe(true);
});

it('takes nothing for current that it knew before this device slept, and connects again at once', async () => {
  const panel = open();
  await moments(2_000);
  box.away = true;
  vi.setSystemTime(Date.now() + 3_600_000);
  await moments(500);
  expect(panel.stale).toBe(true);
  box.away = false;
  box.state = stateWith({ at: later(0), lesson: { phase: 'live' } });
  await moments(1_000);
  expect([panel.stale, panel.state?.lesson.phase]).toEqual([false, 'live']);
});

it('opens to a PIN on a device whose clock is hours ahead', async () => {
  vi.setSystemTime(Date.parse('2026-09-07T15:00:00Z'));
  const panel = open(null);
  expect(panel.needsPin).toBe(true);
  await panel.signIn('2468');
  await moments(100);
  expect([panel.needsPin, panel.state?.room]).toEqual([false, 'room-301']);
});

it('asks for the PIN once when the session is found over before the connection is', async () => {
  box.knows.add('session');
  const panel = open(null);
  await panel.signIn('2468');
  await moments(100);
  box.knows.clear();
  await panel.checkToken();
  expect([panel.needsPin, panel.state]).toEqual([true, null]);
  await panel.signIn('2468');
  await moments(100);
  expect([panel.needsPin, panel.connection]).toEqual([false, 'none']);
});

it('hears silence that stays the same', async () => {
  const panel = open();
  await moments(100);
  const level = (program: number) => box.socket?.says({ type: 'levels', program, sources: {} });
  level(-20);
  for (let at = 0; at < 50; at++) {
    await moments(100);
    level(-90);
  }
  expect(panel.loudness).toBeCloseTo(-50, 0);
});
