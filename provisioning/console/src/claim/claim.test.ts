import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Claim, NEW_ROOM } from './claim.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('takes back that campus is away once it answers, and keeps why a claim was refused', async () => {
  let away = true;
  vi.stubGlobal('fetch', async (url: string, { method }: { method: string }) => {
    if (away) throw new TypeError('network');
    if (method === 'POST') return new Response(JSON.stringify({ error: { code: 'unknown_claim_code', message: 'No box shows it.' } }), { status: 404 });
    return new Response(JSON.stringify(url.endsWith('/fleet') ? { at: '', rooms: [] } : { enrolments: [] }));
  });
  const claim = new Claim('', () => undefined);
  const end = claim.watch();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(claim.problem).toMatchObject({ code: 'unreachable' });
  away = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(claim.problem).toBeNull();
  claim.choice = 'r1';
  await claim.send();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(claim.problem).toMatchObject({ code: 'unknown_claim_code' });
  end();
});

it('gives no room that is there already the name of a new one', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, { method }: { method: string }) => {
    if (method !== 'GET') asked.push(`${method} ${url}`);
    if (method === 'POST') return new Response(JSON.stringify({ error: { code: 'room_has_box', message: 'It has one.' } }), { status: 409 });
    if (method === 'PUT') return new Response(JSON.stringify({ room: 'r1' }));
    return new Response(JSON.stringify(url.endsWith('/fleet') ? { at: '', rooms: [{ room: 'r1', name: 'Aula', box: {} }] } : { enrolments: [] }));
  });
  const claim = new Claim('', () => undefined);
  const end = claim.watch();
  await vi.advanceTimersByTimeAsync(1_000);
  Object.assign(claim, { choice: NEW_ROOM, id: 'r1', name: 'Room 1' });
  await claim.send();
  expect([asked, claim.problem]).toEqual([['POST /api/claims'], expect.objectContaining({ code: 'room_has_box' })]);
  end();
});
