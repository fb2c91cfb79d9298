import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import type { OpenConnection } from '../uplink/connection.ts';
import { NO_WAY } from '../uplink/connection.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import { Rehearsal, type RehearsalParts } from './rehearsal.ts';
import { probeUplink } from './uplink-probe.ts';

const log = createLog('test');
log.level = 'silent';
let stop = new AbortController();
let running: Promise<void> = Promise.resolve();
afterEach(async () => {
  stop.abort();
  await running;
  stop = new AbortController();
});

const ten: PlannedClass = { id: 'ten', title: 'Optics', teacher: '', startsAtMs: 600_000, endsAtMs: 3_600_000 };
function rehearsal(change: Partial<RehearsalParts> = {}): Rehearsal {
  const made = new Rehearsal({
    clock: { nowMs: () => 60_000 }, next: () => ten, levels: () => ({ mic: -30 }), soundCaptured: () => false, silenceExpected: () => false, clockErrorMs: () => 0,
    state: () => ({ sources: [], cameras: [], encoder: { name: 'x', fps: 25, renditions: [], refused: [] }, recording: { freeHours: 9 } }) as unknown as ReturnType<RehearsalParts['state']>,
    probeUplink: async () => ({ kind: 'connected' }), wantedFps: 25, aheadMs: 600_000, listenMs: 200, log, ...change,
  });
  running = made.run(stop.signal);
  return made;
}

it('rehearses the coming class by itself, and says so', async () => {
  const one = rehearsal();
  expect(one.state().verdict).toBe('running');
  await expect.poll(() => one.state().verdict, { timeout: 10_000 }).toBe('at-risk');
  expect(one.state()).toMatchObject({ forClass: 'ten', checks: [{ code: 'sound', ok: false, message: 'This room has no microphone set up.' }, {}, {}, {}, {}] });
});

it('listens as soon as the microphone opens, though the first look found it closed', async () => {
  let looks = 0;
  let open = false;
  const one = rehearsal({
    soundCaptured: () => open,
    state: () => ({
      sources: [{ id: 'mic', name: 'Microphone', kind: 'microphone', signal: 'ok' }], cameras: [], encoder: { name: 'x', fps: 25, renditions: [], refused: [] }, recording: { freeHours: 9 },
    }) as unknown as ReturnType<RehearsalParts['state']>,
    probeUplink: async () => {
      looks += 1;
      open = true;
      return { kind: 'connected' };
    },
  });
  const messages = (): string[] => one.state().checks.map(({ message }) => message);
  await expect.poll(messages, { timeout: 10_000 }).toContain('Microphone was heard (-30 dBFS).');
  expect([one.state().verdict, looks]).toEqual(['ready', 2]);
});

it('gives way to a class that begins, and drops what it had', async () => {
  const asked = Promise.withResolvers<void>();
  const one = rehearsal({
    probeUplink: (signal) => {
      asked.resolve();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'unreachable' })));
    },
  });
  await asked.promise;
  expect(one.state().verdict).toBe('running');
  one.yield();
  await expect.poll(() => one.state(), { timeout: 10_000, interval: 5 }).toEqual({ at: null, forClass: null, verdict: 'none', checks: [] });
});

it('tells a closed way from a server that is not there, and closes what it opened', async () => {
  const server = createServer((_request, response) => void response.writeHead(204).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = (port: number) => ({ whip: `http://127.0.0.1:${port}/whip/r`, rtmp: '', api: '', token: '' });
  const { port } = server.address() as { port: number };
  let closed = 0;
  const opening = (outcome: string): OpenConnection => (_target, events) => {
    queueMicrotask(() => (outcome === 'connected' ? events.connected() : events.failed(outcome)));
    return { bytesSent: () => 0, framesLeftOut: () => 0, measured: () => NO_WAY, close: async () => void (closed += 1) };
  };
  const probe = (outcome: string, target: ReturnType<typeof url> | null, arrives: boolean | null = null) =>
    probeUplink({ openSilent: opening(outcome), target: () => target, classArrives: () => arrives, log }, stop.signal);
  expect(await probe('connected', url(port))).toEqual({ kind: 'connected' });
  expect(await probe('no way', url(port))).toEqual({ kind: 'no-udp', reason: 'no way' });
  expect(await probe('the edge refused the class (409).', url(port))).toMatchObject({ kind: 'refused' });
  expect(closed).toBe(3);
  server.close();
  await once(server, 'close');
  expect(await probe('no way', url(port))).toEqual({ kind: 'unreachable' });
  expect(await probe('connected', null)).toEqual({ kind: 'not-claimed' });
  expect(await probe('connected', url(port), true)).toEqual({ kind: 'in-class', arrives: true });
  expect(closed).toBe(4);
});
