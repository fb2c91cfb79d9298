import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { LayoutRequest } from '../contract/layout.ts';
import type { Macro, MacrosState } from '../contract/macros.ts';
import { plan, type Action, type SoundStep, type StageFacts } from './plan.ts';

export interface MacroBook {
  macros(): readonly Macro[];
  setMacros(macros: readonly Macro[]): void;
}

/** What a macro works on. */
export interface MacroStage {
  readonly facts: () => Omit<StageFacts, 'returnTo'>;
  readonly cameras: {
    view(camera: string, preset: string): Promise<void>;
    /** Read back; false where it does not come to rest in time. */
    standsStill(camera: string, withinMs: number, signal: AbortSignal): Promise<boolean>;
    hasPreset(camera: string, preset: string): boolean;
  };
  /** For a moment: a restart meanwhile brings back what was before. */
  readonly cover: (layout: string) => void;
  readonly cut: (request: LayoutRequest) => void;
  readonly sound: (step: SoundStep) => void;
  readonly log: Log;
}

const STILL_WITHIN_MS = 6_000;
/** The program has the new layout one or two pictures later. */
const CUT_TAKES_MS = 120;

/** Runs macros, one at a time; a newer touch ends the one under way. */
export class Choreography {
  readonly #book: MacroBook;
  readonly #stage: MacroStage;
  #under: { readonly id: string; readonly stop: AbortController } | null = null;
  /** What was on air before something stood in for it. */
  #returnTo: string | null = null;
  #back: LayoutRequest | null = null;
  #problem = '';

  constructor(book: MacroBook, stage: MacroStage) {
    this.#book = book;
    this.#stage = stage;
  }

  state(): MacrosState {
    return { list: this.#book.macros().map(({ id, name }) => ({ id, name })), running: this.#under?.id ?? null, problem: this.#problem };
  }

  /** Begins it; what becomes of it is in the state. @throws CodedError `unknown_macro` */
  run(id: string): void {
    const macro = this.macro(id);
    this.#under?.stop.abort();
    const facts = this.#stage.facts();
    const actions = plan(macro, { ...facts, returnTo: this.#returnTo ?? facts.layout });
    const stop = new AbortController();
    const under = { id, stop };
    this.#under = under;
    this.#problem = '';
    this.#back = lastCut(actions);
    void this.#perform(actions, stop.signal).finally(() => {
      if (this.#under === under) this.#ended();
    });
  }

  /** Somebody chose a layout: it stays. */
  layoutChosen(): void {
    this.#under?.stop.abort();
    this.#ended();
  }

  /** Somebody moves a camera: students see what they were to see at the end, at once. */
  cameraTouched(): void {
    if (this.#under === null) return;
    this.#under.stop.abort();
    if (this.#returnTo !== null) this.#cut(this.#back ?? { id: this.#returnTo });
    this.#ended();
  }

  /** @throws CodedError `unknown_macro` */
  macro(id: string): Macro {
    const found = this.#book.macros().find((macro) => macro.id === id);
    if (found === undefined) throw new CodedError('unknown_macro', `This room has no scene "${id}". Choose one of the list.`, { status: 404 });
    return found;
  }

  /** New, or in place of the one with its id. @throws CodedError `bad_macro`, `too_many_macros` */
  put(macro: Macro): void {
    this.#check(macro);
    const all = this.#book.macros();
    const at = all.findIndex(({ id }) => id === macro.id);
    if (at === -1 && all.length >= MOST) throw new CodedError('too_many_macros', `A room has at most ${MOST} scenes. Remove one first.`, { status: 409 });
    this.#book.setMacros(at === -1 ? [...all, macro] : all.with(at, macro));
  }

  /** @throws CodedError `unknown_macro` */
  remove(id: string): void {
    this.macro(id);
    this.#book.setMacros(this.#book.macros().filter((macro) => macro.id !== id));
  }

  async #perform(actions: readonly Action[], signal: AbortSignal): Promise<void> {
    for (const action of actions) {
      if (signal.aborted) return;
      try {
        await this.#do(action, signal);
      } catch (thrown) {
        // What is left is done all the same: above all the way back to the camera.
        this.#problem = reasonOf(thrown);
        this.#stage.log.warn({ action: action.do, reason: this.#problem }, 'a step of a scene failed');
      }
    }
  }

  async #do(action: Action, signal: AbortSignal): Promise<void> {
    const { cameras, sound, cover, facts } = this.#stage;
    switch (action.do) {
      case 'sound':
        return sound(action.step);
      case 'cover':
        this.#returnTo ??= facts().layout;
        cover(action.layout);
        return sleep(CUT_TAKES_MS, signal);
      case 'view':
        return cameras.view(action.step.camera, action.step.preset);
      case 'wait-until-still':
        await Promise.all(action.cameras.map((camera) => cameras.standsStill(camera, STILL_WITHIN_MS, signal)));
        return;
      case 'cut':
        return this.#cut(action.layout);
    }
  }

  #cut(request: LayoutRequest): void {
    this.#stage.cut(request);
    this.#returnTo = null;
  }

  #ended(): void {
    this.#under = null;
    this.#returnTo = null;
    this.#back = null;
  }

  #check({ steps }: Macro): void {
    const { facts, cameras } = this.#stage;
    const layouts = facts().layouts.map(({ id }) => id);
    for (const step of steps) {
      if (step.type === 'layout' && !layouts.includes(step.id)) throw new CodedError('bad_macro', `This room has no layout "${step.id}".`);
      if (step.type === 'view' && !cameras.hasPreset(step.camera, step.preset)) throw new CodedError('bad_macro', `The camera "${step.camera}" has no saved view "${step.preset}".`);
    }
  }
}

/** As many as fit on the panel without scrolling. */
const MOST = 12;

function lastCut(actions: readonly Action[]): LayoutRequest | null {
  return actions.findLast((action): action is Extract<Action, { do: 'cut' }> => action.do === 'cut')?.layout ?? null;
}
