import { describe, expect, it } from 'vitest';
import { align, type Alignment, type Timing, UNALIGNED } from './alignment.ts';

const camera: Timing = { id: 'camera', kind: 'camera', latencyMs: 100, waitMs: 30, live: true, gaps: 0 };
const slides: Timing = { id: 'slides', kind: 'picture', latencyMs: 90, waitMs: 25, live: true, gaps: 0 };
const microphone: Timing = { id: 'mic', kind: 'sound', latencyMs: 20, waitMs: null, live: true, gaps: 0 };

const FRAME_MS = 40;

/** Half-second steps; a picture waits for the first of its ticks, which are a frame apart, that is not before its hold. */
function settle(timings: readonly Timing[], steps = 20, from: Alignment = UNALIGNED, steady = false): Alignment {
  let alignment = from;
  for (let step = 0; step < steps; step += 1) {
    const now = timings.map((timing) => (timing.waitMs === null ? timing : { ...timing, waitMs: timing.waitMs + FRAME_MS * Math.max(0, Math.ceil(((alignment.holds[timing.id] ?? 0) - timing.waitMs) / FRAME_MS)) }));
    alignment = align(alignment, now, { steady, seconds: 0.5, frameMs: FRAME_MS });
  }
  return alignment;
}

describe('alignment', () => {
  it('makes the sound as old as the camera’s picture', () => {
    expect(settle([camera, slides, microphone])).toEqual({ programMs: 130, holds: { camera: 0, slides: 0, mic: 110 }, jitterMs: 0, away: { program: 0, camera: 0, slides: 0 } });
  });

  it('holds the camera back where the sound is the slower one', () => {
    const { programMs, holds } = settle([camera, { ...microphone, latencyMs: 120 }]);
    // Half a frame less than what the sound would like to have, and due in the middle between two ticks.
    expect(holds['camera']).toBe(90);
    expect([programMs, holds['mic']]).toEqual([210, 90]);
  });

  it('holds back slides that come much sooner', () => {
    expect(settle([camera, { ...slides, latencyMs: 20 }, microphone]).holds['slides']).toBe(85);
  });

  it('does not wait for a source that is very late', () => {
    const { holds } = settle([{ ...camera, latencyMs: 2_000 }, microphone]);
    expect(holds['mic']).toBe(400);
  });

  it.each([200, 310, 350, 390])('keeps the sound with a camera that is %i ms old', (latencyMs) => {
    const { programMs, holds } = settle([{ ...camera, latencyMs }, { ...microphone, latencyMs: 15 }]);
    expect(programMs).toBe(latencyMs + 30);
    expect((holds['mic'] ?? 0) + 15).toBe(programMs);
  });

  it('holds no picture longer than a picture is waited for', () => {
    const { holds } = settle([{ ...camera, latencyMs: 390 }, { ...slides, latencyMs: 5, waitMs: 5 }]);
    expect(holds['slides']).toBe(300);
  });

  it('assumes what is usual where nothing was measured, and leads with slides where there is no camera', () => {
    expect(settle([{ ...camera, latencyMs: null }, { ...microphone, latencyMs: null }]).holds['mic']).toBe(140);
    expect(settle([slides, microphone]).programMs).toBe(115);
    expect(settle([microphone])).toMatchObject({ programMs: 160, holds: { mic: 140 } });
  });

  it('is ready for a microphone that is still closed', () => {
    expect(settle([{ ...camera, latencyMs: 10 }, { ...microphone, live: false }])).toMatchObject({ programMs: 120, holds: { camera: 90, mic: 100 } });
  });

  it('keeps sound longer where it came too late', () => {
    const before = settle([camera, { ...microphone, gaps: 1 }], 3);
    expect(before.jitterMs).toBe(45);
    expect(settle([camera, microphone], 20, before).holds['mic']).toBe(150);
  });

  it('forgets between classes how late sound once came, and takes the camera back to where it was', () => {
    const late = { ...microphone, gaps: 1 };
    const inClass = settle([camera, late], 6, settle([camera, microphone]), true);
    expect(inClass.jitterMs).toBe(90);
    expect(settle([camera, microphone], 20, inClass, true)).toMatchObject({ programMs: 210, jitterMs: 90 });
    const after = settle([camera, { ...microphone, live: false }], 20, inClass);
    expect(after).toMatchObject({ programMs: 130, jitterMs: 0, holds: { mic: 110 } });
  });

  it('keeps what it learned from microphones that are open before their class', () => {
    const before = settle([camera, { ...microphone, gaps: 1 }], 2);
    const quiet = settle([camera, { ...microphone, live: false }], 2, before, true);
    expect([before.jitterMs, quiet.jitterMs]).toEqual([30, 30]);
  });

  it('moves no faster than 2 ms a second while a class runs', () => {
    const before = settle([camera, microphone]);
    const later = settle([{ ...camera, latencyMs: 125 }, microphone], 2, before, true);
    expect(later.programMs - before.programMs).toBe(2);
    expect(settle([{ ...camera, latencyMs: 125 }, microphone], 80, before, true).programMs).toBe(155);
  });

  it('moves at once, after four seconds, what would be seen and heard to be out of step for longer', () => {
    const before = settle([camera, microphone]);
    const slow = [{ ...camera, latencyMs: 200 }, microphone];
    expect(settle(slow, 8, before, true).programMs - before.programMs).toBe(8);
    expect(settle(slow, 9, before, true)).toMatchObject({ programMs: 230, holds: { mic: 210 } });
    // A camera that stalls now and then moves nothing.
    const now = settle([camera, microphone], 1, settle(slow, 4, before, true), true);
    expect(settle(slow, 8, now, true).programMs).toBeLessThan(150);
  });

  it('takes the sound along when the camera leaps', () => {
    const before = settle([camera, microphone]);
    const after = settle([camera, { ...microphone, latencyMs: 120 }], 11, before, true);
    expect(after).toMatchObject({ programMs: 210, holds: { camera: 90, mic: 90 } });
  });

  it('stays where it is while the camera is away', () => {
    const before = settle([camera, microphone]);
    const { programMs, holds } = before;
    expect(settle([{ ...camera, live: false }, microphone], 20, before)).toMatchObject({ programMs, holds });
  });

  it.each([1, 8, 20, 32, 39])('makes a picture due in the middle between two ticks, wherever in them it comes (%i ms before)', (waitMs) => {
    const timings = [{ ...camera, latencyMs: 10, waitMs }, microphone];
    const { holds, programMs } = settle(timings);
    const tickMs = waitMs + FRAME_MS * Math.ceil(((holds['camera'] ?? 0) - waitMs) / FRAME_MS);
    expect(tickMs - (holds['camera'] ?? 0)).toBe(FRAME_MS / 2);
    expect(Math.abs(programMs - 130)).toBeLessThanOrEqual(FRAME_MS / 2);
    // What it jitters by moves nothing.
    expect(settle([{ ...camera, latencyMs: 10, waitMs: waitMs + 9 }, microphone], 20, { ...UNALIGNED, holds, programMs }).holds['camera']).toBe(holds['camera']);
  });
});
