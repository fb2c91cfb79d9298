import { afterEach, expect, it, vi } from 'vitest';
import { watchPauses } from './browser-pauses.ts';

afterEach(() => vi.unstubAllGlobals());

function watched() {
  const page = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('document', page);
  const video = Object.assign(new EventTarget(), { paused: false, ended: false, srcObject: { active: true } });
  const [paused, start] = [vi.fn(), vi.fn()];
  const stop = watchPauses(video as unknown as HTMLVideoElement, { paused, start });
  const pausedBy = (now: Partial<typeof video>) => {
    Object.assign(video, { paused: true, ...now }).dispatchEvent(new Event('pause'));
  };
  return { page, video, paused, start, stop, pausedBy };
}

it('tells that the browser paused it, and that it plays again', () => {
  const { video, paused, pausedBy } = watched();
  pausedBy({});
  video.dispatchEvent(new Event('playing'));
  expect(paused.mock.calls).toEqual([[true], [false]]);
});

it.each([
  ['what has ended', { ended: true }],
  ['a stream that is over', { srcObject: { active: false } }],
  ['what plays again already', { paused: false }],
])('does not take for paused %s', (_, now) => {
  const { paused, pausedBy } = watched();
  pausedBy(now);
  expect(paused).toHaveBeenLastCalledWith(false);
});

it('has it started by who comes back to the page, or out of full screen', () => {
  const { page, video, start, pausedBy } = watched();
  page.dispatchEvent(new Event('visibilitychange'));
  pausedBy({});
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  expect(start).not.toHaveBeenCalled();
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  expect(start).toHaveBeenCalledTimes(1);
  video.dispatchEvent(new Event('webkitendfullscreen'));
  expect(start).toHaveBeenCalledTimes(2);
});

it('hears nothing more once it is let go', () => {
  const { page, paused, start, stop, pausedBy } = watched();
  stop();
  pausedBy({});
  page.dispatchEvent(new Event('visibilitychange'));
  expect(paused.mock.calls).toEqual([[false]]);
  expect(start).not.toHaveBeenCalled();
});
