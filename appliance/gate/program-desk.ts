import type { CustomLayout, Inset, LayoutId, LayoutRequest } from '#appliance/contract/layout.ts';
import type { SoundRequest } from '#appliance/contract/sound.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { unknownLayout } from './layout-choice.ts';
import type { LayoutImages } from './layout-images.ts';
import { checkLayout } from './layout-rules.ts';
import type { SoundSettings } from './program-sound.ts';

export interface OnAir {
  readonly layout: LayoutId;
  readonly muted: boolean;
  readonly inset?: Inset;
}

/** The program as it runs (the pipeline). */
export interface ProgramControls {
  setLayout(request: LayoutRequest): void;
  setCustomLayouts(custom: readonly CustomLayout[]): void;
  setMuted(muted: boolean): void;
  setSound(source: string, request: SoundRequest): void;
  snapshot(): { readonly layout: LayoutId; readonly inset: Inset; readonly muted: boolean; readonly soundSettings: SoundSettings };
}

export interface ProgramMemory {
  onAir(): OnAir | null;
  setOnAir(onAir: OnAir): void;
  customLayouts(): CustomLayout[];
  setCustomLayouts(custom: readonly CustomLayout[]): void;
  soundSettings(): SoundSettings;
  setSoundSettings(settings: SoundSettings): void;
}

export interface DeskParts {
  readonly program: ProgramControls;
  readonly memory: ProgramMemory;
  readonly sources: readonly { readonly id: string; readonly kind: string }[];
  readonly images: LayoutImages;
  readonly log: Log;
}

/** What people choose for the program: put on air, and remembered over a restart. */
export class ProgramDesk {
  readonly #parts: DeskParts;
  /** The class that ran when it was last looked; undefined before that. */
  #classId: string | null | undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** In the middle of a class everything stays as students saw it; otherwise the room begins with its default layout. */
  restore(classRuns: boolean, defaultLayout: LayoutId): void {
    const { program, memory } = this.#parts;
    const custom = memory.customLayouts();
    program.setCustomLayouts(custom);
    const onAir = memory.onAir();
    const wanted = classRuns && onAir !== null ? onAir.layout : defaultLayout;
    this.#ifItFits(() => program.setLayout({ id: wanted, ...onAir?.inset }));
    program.setMuted(classRuns && onAir?.muted === true);
    for (const [source, setting] of Object.entries(memory.soundSettings())) {
      // A microphone that was muted in another class would be missed in this one.
      this.#ifItFits(() => program.setSound(source, classRuns ? setting : { ...setting, muted: false }));
    }
    // Else a restart in the middle of the next class would bring back what was muted in the one before.
    if (!classRuns) this.#rememberAll();
  }

  /** Called a few times a second with the class that runs: when it is over, its layout and its mutes are too. Gains and delays are the room's. */
  follow(classId: string | null, defaultLayout: () => LayoutId): void {
    const before = this.#classId;
    this.#classId = classId;
    if (before === undefined || before === null || before === classId) return;
    const { program } = this.#parts;
    this.#ifItFits(() => program.setLayout({ id: defaultLayout() }));
    program.setMuted(false);
    for (const source of Object.keys(program.snapshot().soundSettings)) program.setSound(source, { muted: false });
    this.#rememberAll();
  }

  setLayout(request: LayoutRequest): void {
    this.#parts.program.setLayout(request);
    this.#remember();
  }

  setMuted(muted: boolean): void {
    this.#parts.program.setMuted(muted);
    this.#remember();
  }

  setSound(source: string, request: SoundRequest): void {
    this.#parts.program.setSound(source, request);
    this.#rememberSound();
  }

  /** @throws CodedError `unknown_layout` */
  customLayout(id: LayoutId): CustomLayout {
    const found = this.#parts.memory.customLayouts().find((layout) => layout.id === id);
    if (found === undefined) throw unknownLayout(id);
    return found;
  }

  /** New, or in place of the one with its id. @throws CodedError `bad_layout` */
  putCustomLayout(layout: CustomLayout): void {
    const { memory, sources, images } = this.#parts;
    const layouts = memory.customLayouts();
    const pictures = sources.filter(({ kind }) => kind !== 'microphone');
    const names = [...new Set([...pictures.map(({ id }) => id), ...pictures.map(({ kind }) => kind), 'share'])];
    checkLayout(layout, { sources: names, images: images.list(), layouts });
    const at = layouts.findIndex(({ id }) => id === layout.id);
    this.#keep(at === -1 ? [...layouts, layout] : layouts.with(at, layout));
  }

  /** @throws CodedError `unknown_layout` */
  removeCustomLayout(id: LayoutId): void {
    this.customLayout(id);
    this.#keep(this.#parts.memory.customLayouts().filter((layout) => layout.id !== id));
  }

  images(): string[] {
    return this.#parts.images.list();
  }

  /** What was drawn with an earlier picture of this name is drawn again. @throws CodedError `bad_image`, `too_many_images` */
  putImage(file: string, bytes: Buffer): void {
    this.#parts.images.save(file, bytes);
    this.#parts.program.setCustomLayouts(this.#parts.memory.customLayouts());
  }

  /** @throws CodedError `unknown_image`, `image_in_use` */
  removeImage(file: string): void {
    const user = this.#parts.memory.customLayouts().find(({ background, logo }) => logo?.file === file || ('image' in background && background.image === file));
    if (user !== undefined) throw new CodedError('image_in_use', `The layout ${user.name} shows this picture. Change it first.`, { status: 409 });
    this.#parts.images.remove(file);
  }

  #keep(custom: readonly CustomLayout[]): void {
    const { memory, program } = this.#parts;
    memory.setCustomLayouts(custom);
    program.setCustomLayouts(custom);
    this.#remember();
  }

  #rememberAll(): void {
    this.#remember();
    this.#rememberSound();
  }

  #rememberSound(): void {
    const { program, memory } = this.#parts;
    this.#noted(() => memory.setSoundSettings(program.snapshot().soundSettings));
  }

  #remember(): void {
    const { layout, inset, muted } = this.#parts.program.snapshot();
    this.#noted(() => this.#parts.memory.setOnAir({ layout, inset, muted }));
  }

  /** A full disk must not turn a teacher's press into an error: what could not be written down is logged. */
  #noted(write: () => void): void {
    try {
      write();
    } catch (thrown) {
      this.#parts.log.error({ reason: reasonOf(thrown) }, 'what is on air could not be written down; a restart would not restore it');
    }
  }

  /** What was remembered may speak of a layout or a source that the room no longer has. */
  #ifItFits(set: () => void): void {
    try {
      set();
    } catch (thrown) {
      this.#parts.log.warn({ reason: reasonOf(thrown) }, 'something remembered does not fit this room any more');
    }
  }
}
