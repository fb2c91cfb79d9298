import { describe, expect, it } from 'vitest';
import type { CustomLayout, Inset, LayoutRequest } from '#appliance/contract/layout.ts';
import type { SoundRequest, SoundSetting } from '#appliance/contract/sound.ts';
import { createLog } from '#kit/process/log.ts';
import { chosen, FIRST_INSET, type LayoutChoice, withCustom } from './layout-choice.ts';
import { LayoutImages } from './layout-images.ts';
import { type OnAir, ProgramDesk } from './program-desk.ts';
import { ProgramSound, type SoundSettings } from './program-sound.ts';

const log = createLog('test');
log.level = 'silent';

/** The program of one life of the box: what is chosen is gone with it. */
class Program {
  #choice: LayoutChoice = { id: 'camera', inset: FIRST_INSET, custom: [] };
  #muted = false;
  readonly #sound: ProgramSound;

  constructor(configuredDelayMs: number) {
    this.#sound = new ProgramSound([{ id: 'lapel', name: 'Lapel', backup: false, delayMs: configuredDelayMs }]);
  }

  setLayout(request: LayoutRequest): void {
    this.#choice = chosen(this.#choice, request);
  }
  setCustomLayouts(custom: readonly CustomLayout[]): void {
    this.#choice = withCustom(this.#choice, custom);
  }
  setMuted(muted: boolean): void {
    this.#muted = muted;
  }
  setSound(source: string, request: SoundRequest): void {
    this.#sound.set(source, request);
  }
  /** What the gate is told. */
  get lapel(): SoundSetting {
    const { id: _id, ...setting } = this.#sound.forGate(false).sources[0] ?? expect.fail('no lapel');
    return setting;
  }
  snapshot(): { layout: string; inset: Inset; muted: boolean; soundSettings: SoundSettings } {
    return { layout: this.#choice.id, inset: this.#choice.inset, muted: this.#muted, soundSettings: this.#sound.settings };
  }
}

/** What outlives the box's lives. */
function memoryOf() {
  const kept: { onAir: OnAir | null; custom: CustomLayout[]; sound: SoundSettings } = { onAir: null, custom: [], sound: {} };
  return {
    onAir: () => kept.onAir, setOnAir: (onAir: OnAir) => void (kept.onAir = onAir),
    customLayouts: () => kept.custom, setCustomLayouts: (custom: readonly CustomLayout[]) => void (kept.custom = [...custom]),
    soundSettings: () => kept.sound, setSoundSettings: (sound: SoundSettings) => void (kept.sound = sound),
  };
}

function box(memory = memoryOf(), configuredDelayMs = 0) {
  const program = new Program(configuredDelayMs);
  const desk = new ProgramDesk({ program, memory, sources: [], images: new LayoutImages('/nowhere'), log });
  const seen = () => {
    const { layout, inset, muted } = program.snapshot();
    return { layout, corner: inset.corner, muted, lapel: program.lapel };
  };
  return { desk, memory, seen, restarted: (delayMs = configuredDelayMs) => box(memory, delayMs) };
}

const LAPEL = { gainDb: -6, delayMs: 40, muted: false };

function inClass(): ReturnType<typeof box> {
  const room = box();
  room.desk.restore(true, 'slides');
  room.desk.follow('optics', () => 'slides');
  room.desk.setLayout({ id: 'picture-in-picture', corner: 'top-left' });
  room.desk.setSound('lapel', { ...LAPEL, muted: true });
  room.desk.setMuted(true);
  return room;
}

it('brings back everything in the middle of a class', () => {
  const later = inClass().restarted();
  later.desk.restore(true, 'slides');
  expect(later.seen()).toEqual({ layout: 'picture-in-picture', corner: 'top-left', muted: true, lapel: { ...LAPEL, muted: true } });
});

it('begins the next class with the room’s layout and its sound on, whether the box was restarted between or not', () => {
  const fresh = { layout: 'slides', corner: 'top-left', muted: false, lapel: LAPEL };
  const room = inClass();
  room.desk.follow('optics', () => 'slides');
  expect(room.seen()).toMatchObject({ layout: 'picture-in-picture', muted: true });
  room.desk.follow(null, () => 'slides');
  expect(room.seen()).toEqual(fresh);
  const restarted = inClass().restarted();
  restarted.desk.restore(false, 'slides');
  expect(restarted.seen()).toEqual(fresh);
});

it('does so where one class follows the other at once, and leaves alone what is chosen before a class', () => {
  const room = inClass();
  room.desk.follow('chemistry', () => 'slides');
  expect(room.seen()).toMatchObject({ layout: 'slides', muted: false });
  room.desk.follow(null, () => 'slides');
  room.desk.setMuted(true);
  room.desk.follow('physics', () => 'slides');
  expect(room.seen().muted).toBe(true);
});

it.each([
  ['ended while the box ran', (room: ReturnType<typeof box>) => (room.desk.follow(null, () => 'slides'), room)],
  ['ended with the box', (room: ReturnType<typeof box>) => {
    const next = room.restarted();
    next.desk.restore(false, 'slides');
    return next;
  }],
])('does not mute a class at a restart because one before it, which %s, was muted', (_how, over) => {
  const later = over(inClass()).restarted();
  later.desk.restore(true, 'slides');
  expect(later.seen()).toMatchObject({ layout: 'slides', muted: false, lapel: LAPEL });
});

describe('a delay that was configured', () => {
  /** A life of the box between classes. */
  const begun = (room: ReturnType<typeof box>): ReturnType<typeof box> => (room.desk.restore(false, 'slides'), room);

  it('is on air from the first start after it was changed, where nobody set another', () => {
    const first = begun(box(memoryOf(), 120));
    first.desk.setSound('lapel', { gainDb: -6 });
    const later = begun(first.restarted(80));
    expect([first.seen().lapel, later.seen().lapel]).toEqual([{ ...LAPEL, delayMs: 120 }, { ...LAPEL, delayMs: 80 }]);
  });

  it('gives way to one that a person set, be it none at all', () => {
    const first = begun(box(memoryOf(), 120));
    first.desk.setSound('lapel', { delayMs: 0 });
    expect(begun(first.restarted(80)).seen().lapel).toEqual({ gainDb: 0, delayMs: 0, muted: false });
  });

  it('is free again of what an earlier release wrote down for every source', () => {
    const memory = memoryOf();
    memory.setSoundSettings({ lapel: { gainDb: -6, delayMs: 120, muted: false } });
    const updated = begun(box(memory, 120));
    expect(begun(updated.restarted(80)).seen().lapel).toEqual({ ...LAPEL, delayMs: 80 });
  });
});
