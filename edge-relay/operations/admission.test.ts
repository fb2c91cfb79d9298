import { describe, expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { Places } from '../access/places.ts';
import type { Viewer } from '../access/principal.ts';
import { RevokedKeys } from '../access/revoked-keys.ts';
import { SentAway } from '../access/sent-away.ts';
import type { Level } from '../contract/operations.ts';
import { Room } from '../rooms/room.ts';
import { Admission, type AdmissionPorts } from './admission.ts';
import { Drain } from './drain.ts';

const NOW_MS = 100_000;
const viewer = (place: string): Viewer => ({ kind: 'viewer', account: 'amy', name: 'Amy', room: 'room-1', place, token: 'a.b.c', expiresAtMs: NOW_MS });

const OPEN = { pass: () => Promise.resolve(true) };
const stays = new AbortController().signal;

/** A door with one who watches by WebRTC, one by HLS, one who just left; and `new`. Amy is none of them, unless `who` says so. */
function open({ level = 'normal', drains = false, who = 'ben', turnstile = OPEN, hasPlace = () => true, ownerOf = () => 'box-1' }: { readonly level?: Level; readonly drains?: boolean; readonly who?: string } & Partial<Pick<AdmissionPorts, 'turnstile' | 'hasPlace' | 'ownerOf'>>) {
  let nowMs = NOW_MS - 10_000;
  const places = new Places(Infinity, () => nowMs);
  const seat = { protocol: 'whep', figures: () => { throw new Error('not asked'); }, end: () => undefined } as const;
  places.sit('1', { account: who, room: 'room-1', session: 'whep', seat });
  places.sit('2', { account: who, room: 'room-1', session: 'left', seat })();
  nowMs = NOW_MS;
  places.touch('hls', { account: who, room: 'room-1' }, nowMs);
  const drain = new Drain();
  if (drains) drain.begin(nowMs, 60);
  return new Admission({ places, sentAway: new SentAway(), revokedKeys: new RevokedKeys(), drain, turnstile, hasPlace, level: () => level, publicUrl: 'https://live.test/', ownerOf, now: () => nowMs });
}

async function codeOf(enter: () => void | Promise<void>): Promise<string> {
  try {
    await enter();
    return 'in';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('who comes in', () => {
  it.each<[Level, boolean, string, string, string, string]>([
    // level, draining, session → by WebRTC, by HLS or FLV, for a token
    ['normal', false, 'new', 'in', 'in', 'in'],
    ['busy', false, 'new', 'busy', 'in', 'in'],
    ['busy', false, 'whep', 'in', 'in', 'in'],
    ['busy', false, 'left', 'in', 'in', 'in'],
    ['busy', false, 'hls', 'busy', 'in', 'in'],
    ['full', false, 'waiting', 'edge_full', 'edge_full', 'in'],
    ['full', false, 'new', 'edge_full', 'edge_full', 'edge_full'],
    ['full', false, 'whep', 'in', 'in', 'in'],
    ['full', false, 'left', 'in', 'in', 'in'],
    ['full', false, 'hls', 'busy', 'in', 'in'],
    ['normal', true, 'new', 'draining', 'draining', 'draining'],
    ['normal', true, 'whep', 'draining', 'in', 'in'],
    ['normal', true, 'hls', 'draining', 'in', 'in'],
    ['normal', true, 'waiting', 'draining', 'draining', 'in'],
    ['full', true, 'new', 'draining', 'draining', 'draining'],
  ])('%s, draining %s: %s', async (level, drains, session, byWebRtc, byStream, token) => {
    const admission = open({ level, drains });
    const outcomes = [() => admission.whep(viewer(session), stays), () => admission.stream(viewer(session)), () => admission.playback({ account: 'amy', room: 'room-1', place: session === 'new' ? null : session })];
    expect(await Promise.all(outcomes.map(codeOf))).toEqual([byWebRtc, byStream, token]);
  });

  it.each<[Level, boolean, string[]]>([
    ['busy', false, ['busy', 'in', 'in']],
    ['full', false, ['busy', 'in', 'in']],
    ['full', true, ['draining', 'draining', 'draining']],
  ])('is nobody new whose page was loaded again, and has forgotten its session: %s, draining %s', async (level, drains, outcomes) => {
    const admission = open({ level, drains, who: 'amy' });
    const enter = [() => admission.whep(viewer('new'), stays), () => admission.stream(viewer('new')), () => admission.playback({ account: 'amy', room: 'room-1', place: null })];
    expect(await Promise.all(enter.map(codeOf))).toEqual(outcomes);
    expect(await codeOf(() => admission.playback({ account: 'cat', room: 'room-1', place: null }))).toBe(drains ? 'draining' : level === 'full' ? 'edge_full' : 'in');
  });

  it('is told where to go on', async () => {
    await expect(open({ level: 'busy' }).whep(viewer('new'), stays)).rejects.toEqual(
      expect.objectContaining({ status: 503, details: { hls: 'https://live.test/hls/room-1/index.m3u8?token=a.b.c', retryAfterMs: expect.any(Number) as number } }),
    );
  });

  it.each([['new'], ['whep']])('goes on by LL-HLS where its turn does not come: %s', async (session) => {
    const shut = open({ turnstile: { pass: () => Promise.resolve(false) } });
    expect(await codeOf(() => shut.whep(viewer(session), stays))).toBe('busy');
  });

  it.each([['new'], ['whep']])('goes on by LL-HLS where the last places are kept for publishers: %s', async (session) => {
    const admission = open({ hasPlace: () => false });
    expect(await codeOf(() => admission.whep(viewer(session), stays))).toBe('busy');
    expect(await codeOf(() => admission.publisher('room-1', 'box-1'))).toBe('in');
  });

  it('goes on by LL-HLS where somebody took the last place during its wait', async () => {
    let taken = false;
    const admission = open({ turnstile: { pass: async () => (taken = true) }, hasPlace: () => !taken });
    expect(await codeOf(() => admission.whep(viewer('new'), stays))).toBe('busy');
  });

  it('is looked at again after its wait', async () => {
    const drain = new Drain();
    const turnstile = { pass: async () => (drain.begin(NOW_MS, 60), true) };
    const admission = new Admission({ places: new Places(Infinity), sentAway: new SentAway(), revokedKeys: new RevokedKeys(), drain, turnstile, hasPlace: () => true, level: () => 'normal', publicUrl: 'https://live.test/', ownerOf: () => null, now: () => NOW_MS });
    expect(await codeOf(() => admission.whep(viewer('new'), stays))).toBe('draining');
  });

  it('is no new publisher while the edge is emptied; its own may connect anew', async () => {
    expect(await codeOf(() => open({}).publisher('room-1', 'box-2'))).toBe('in');
    expect(await codeOf(() => open({ drains: true }).publisher('room-1', 'box-2'))).toBe('draining');
    expect(await codeOf(() => open({ drains: true }).publisher('room-1', 'box-1'))).toBe('in');
  });

  it('is a publisher whose connection broke while the edge is emptied, for half a minute', async () => {
    const clock = manualClock(NOW_MS);
    const room = new Room('room-1', clock);
    const admission = open({ drains: true, ownerOf: () => room.owner });
    const publication = room.publish({ protocol: 'whip', owner: 'box-1', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
    publication.end();
    clock.advanceMs(29_000);
    expect(await Promise.all(['box-1', 'box-2'].map((owner) => codeOf(() => admission.publisher('room-1', owner))))).toEqual(['in', 'draining']);
    clock.advanceMs(2_000);
    expect(await codeOf(() => admission.publisher('room-1', 'box-1'))).toBe('draining');
  });
});
