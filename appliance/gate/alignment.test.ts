import { describe, expect, it } from 'vitest';
import { align, type Alignment, type Timing, UNALIGNED } from './alignment.ts';

const camera: Timing = { id: 'camera', kind: 'camera', latencyMs: 100, waitMs: 30, live: true, gaps: 0 };
const slides: Timing = { id: 'slides', kind: 'picture', latencyMs: 90, waitMs: 25, live: true, gaps: 0 };
const microphone: Timing = { id: 'mic', kind: 'sound', latencyMs: 20, waitMs: null, live: true, gaps: 0 };

/** Half-second steps; a picture's wait grows by what it is held. */
function settle(timings: readonly Timing[], steps = 20, from: Alignment = UNALIGNED, steady = false): Alignment {
  let alignment = from;
  for (let step = 0; step < steps; step += 1) {
    const now = timings.map((timing) => (timing.waitMs === null ? timing : { ...timing, waitMs: timing.waitMs + (alignment.holds[timing.id] ?? 0) }));
    alignment = align(alignment, now, steady, 0.5);
  }
  return alignment;
}

describe('alignment', () => {
  it('makes the sound as old as the camera’s picture', () => {
    expect(settle([camera, slides, microphone])).toEqual({ programMs: 130, holds: { camera: 0, slides: 0, mic: 110 }, jitterMs: 0 });
  });

  it('holds the camera back where the sound is the slower one', () => {
    const { programMs, holds } = settle([camera, { ...microphone, latencyMs: 120 }]);
    expect(holds['camera']).toBe(100);
    expect([programMs, holds['mic']]).toEqual([230, 110]);
  });

  it('holds back slides that come much sooner', () => {
    expect(settle([camera, { ...slides, latencyMs: 20 }, microphone]).holds['slides']).toBe(85);
  });

  it('does not wait for a source that is very late', () => {
    const { holds } = settle([{ ...camera, latencyMs: 2_000 }, microphone]);
    expect(holds['mic']).toBe(300);
  });

  it('assumes what is usual where nothing was measured, and leads with slides where there is no camera', () => {
    expect(settle([{ ...camera, latencyMs: null }, { ...microphone, latencyMs: null }]).holds['mic']).toBe(140);
    expect(settle([slides, microphone]).programMs).toBe(115);
    expect(settle([microphone])).toMatchObject({ programMs: 160, holds: { mic: 140 } });
  });

  it('is ready for a microphone that is still closed', () => {
    expect(settle([{ ...camera, latencyMs: 10 }, { ...microphone, live: false }])).toMatchObject({ programMs: 130, holds: { camera: 90, mic: 110 } });
  });

  it('keeps sound longer where it came too late', () => {
    const { jitterMs, programMs, holds } = settle([camera, { ...microphone, gaps: 1 }], 3);
    expect(jitterMs).toBe(45);
    expect(settle([camera, microphone], 20, { jitterMs, programMs, holds }).holds['mic']).toBe(140);
  });

  it('moves no faster than 2 ms a second while a class runs', () => {
    const before = settle([camera, microphone]);
    const later = settle([{ ...camera, latencyMs: 160 }, microphone], 2, before, true);
    expect(later.programMs - before.programMs).toBe(2);
    expect(settle([{ ...camera, latencyMs: 160 }, microphone], 80, before, true).programMs).toBe(190);
  });

  it('stays where it is while the camera is away', () => {
    const before = settle([camera, microphone]);
    expect(settle([{ ...camera, live: false }, microphone], 20, before)).toEqual(before);
  });
});
