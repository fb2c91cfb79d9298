import { afterEach, expect, it, vi } from 'vitest';
import { ScreenShare } from './screen-share.svelte.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('captures nothing that was chosen when the class was over already', async () => {
  vi.useFakeTimers();
  let standing = 'admitted';
  let choose: (stream: object) => void = () => undefined;
  const track = { stop: vi.fn(), addEventListener: () => undefined };
  vi.stubGlobal('navigator', { mediaDevices: { getDisplayMedia: () => new Promise((resolve) => (choose = resolve)) } });
  vi.stubGlobal('fetch', async (path: string) => Response.json(path === '/share/room' ? { room: 'Room 301', open: true } : { token: 't', standing }));

  const share = new ScreenShare();
  const stop = new AbortController();
  await share.join('1234', 'Tom');
  const choosing = share.choose();
  standing = 'over';
  void share.run(stop.signal);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(share.step).toEqual({ name: 'ended', why: 'over' });
  choose({ getTracks: () => [track], getVideoTracks: () => [track] });
  await choosing;
  expect([track.stop.mock.calls.length, share.stream]).toEqual([1, null]);
  stop.abort();
});
