import type { CustomLayout, Inset, LayoutId, LayoutRequest, LayoutSummary } from '#appliance/contract/layout.ts';
import type { Size } from '../gate/i420.ts';
import { customLayout, type Layout, type LayoutSource } from '../gate/layout.ts';
import { chosen, drawnLayout, FIRST_INSET, type LayoutChoice, layoutSummaries, withCustom } from '../gate/layout-choice.ts';
import type { ToGate } from '../gate/protocol.ts';

export interface LayoutParts {
  readonly program: Size;
  readonly sources: () => readonly LayoutSource[];
  /** Lost while the gate is down: the next one begins with {@link LayoutOnAir.begin}. */
  readonly tellGate: (message: ToGate) => void;
}

/** What was chosen to be seen, drawn for the sources as they are; the gate is told whenever that changes. */
export class LayoutOnAir {
  readonly #parts: LayoutParts;
  #choice: LayoutChoice = { id: 'camera', inset: FIRST_INSET, custom: [] };
  /** What the gate has. */
  #told = '';
  /** Drawn anew with every report of the gate and every choice; asked for far more often. */
  #layouts: LayoutSummary[] | null = null;

  constructor(parts: LayoutParts) {
    this.#parts = parts;
  }

  get inset(): Inset {
    return this.#choice.inset;
  }

  get picture(): { layout: LayoutId; layouts: LayoutSummary[] } {
    const { sources, program } = this.#parts;
    this.#layouts ??= layoutSummaries(this.#choice, sources(), program);
    return { layout: this.#choice.id, layouts: this.#layouts };
  }

  /** For a new gate, which has nothing but this. */
  begin(): Layout {
    const layout = this.#drawn();
    this.#told = JSON.stringify(layout);
    return layout;
  }

  /** @throws CodedError `unknown_layout` */
  choose(request: LayoutRequest): void {
    this.#choice = chosen(this.#choice, request);
    this.show();
  }

  setCustom(custom: readonly CustomLayout[]): void {
    this.#choice = withCustom(this.#choice, custom);
    this.prepare();
    this.show();
  }

  /** What the room's own layouts need is drawn ahead. */
  prepare(): void {
    const { program, tellGate } = this.#parts;
    const sources = this.#parts.sources();
    tellGate({ type: 'prepare', layouts: this.#choice.custom.map((layout) => customLayout(layout, sources, program)) });
  }

  /** Also where a source's size or signal may have changed what there is to show. */
  show(): void {
    this.#layouts = null;
    const layout = this.#drawn();
    const drawn = JSON.stringify(layout);
    if (drawn === this.#told) return;
    this.#told = drawn;
    this.#parts.tellGate({ type: 'layout', layout });
  }

  #drawn(): Layout {
    return drawnLayout(this.#choice, this.#parts.sources(), this.#parts.program);
  }
}
