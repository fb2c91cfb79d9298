import type { Clock } from '#kit/media/clock.ts';
import type { Log } from '#kit/process/log.ts';
import type { CameraDesk } from '../cameras/camera-desk.ts';
import { standsStill } from '../cameras/desk/stand-still.ts';
import type { LayoutRequest } from '../contract/layout.ts';
import type { SoundRequest } from '../contract/sound.ts';
import type { State } from '../contract/state.ts';
import { Choreography, type MacroBook, type MacroStage } from './choreography.ts';
import type { SoundStep } from './plan.ts';
import { TallyLights } from './tally.ts';

export interface RoomChoreographyParts {
  readonly book: MacroBook;
  readonly desk: CameraDesk;
  /** As it runs: what is set here is forgotten by a restart. */
  readonly pipeline: { snapshot(): Pick<State, 'layout' | 'layouts' | 'sources'>; setLayout(request: LayoutRequest): void };
  /** As people choose it. */
  readonly program: { setLayout(request: LayoutRequest): void; setSound(source: string, request: SoundRequest): void; setMuted(muted: boolean): void };
  readonly live: () => boolean;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** Macros and tally lights of the room. `tick` is called a few times a second. */
export function roomChoreography(parts: RoomChoreographyParts): { readonly macros: Choreography; tick(): void } {
  const { book, desk, clock, log } = parts;
  const macros = new Choreography(book, stageOf(parts));
  const lights = new TallyLights(desk.ids.map((id) => ({ id, head: desk.head(id) })), log);
  desk.onTouch(() => macros.cameraTouched());
  return { macros, tick: () => lights.tick(desk.idsOnAir(), clock.nowMs()) };
}

function stageOf({ desk, pipeline, program, live, log }: RoomChoreographyParts): MacroStage {
  return {
    facts: () => {
      const { layout, layouts, sources } = pipeline.snapshot();
      const pictures = sources.filter(({ signal }) => signal === 'ok').map(({ id }) => id);
      return { live: live(), layout, layouts, pictures, sourceOf: (camera) => desk.sourceOf(camera), isThere: (camera, preset) => desk.standsAt(camera, preset) };
    },
    cameras: {
      view: (camera, preset) => desk.view(camera, preset),
      standsStill: (camera, withinMs, signal) => standsStill(desk.head(camera), withinMs, signal),
      hasPreset: (camera, preset) => desk.ids.includes(camera) && desk.presets(camera).includes(preset),
    },
    cover: (layout) => pipeline.setLayout({ id: layout }),
    cut: (request) => program.setLayout(request),
    sound: (step) => perform(step, program),
    log,
  };
}

function perform(step: SoundStep, program: RoomChoreographyParts['program']): void {
  if (step.type === 'mute') return program.setMuted(step.muted);
  const { muted, gainDb } = step;
  program.setSound(step.source, { ...(muted === undefined ? {} : { muted }), ...(gainDb === undefined ? {} : { gainDb }) });
}
