import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { ArtStore } from './art.ts';
import type { Art } from './compose.ts';
import { type CardText, type Desk, drawCard } from './drawing.ts';
import { lastingFrame } from './frames.ts';
import type { Size } from './i420.ts';
import type { Layout } from './layout.ts';
import type { Slates } from './program.ts';
import type { GateSource, Words } from './protocol.ts';

export interface StageParts {
  readonly program: Size;
  readonly sources: readonly GateSource[];
  readonly slates: Slates;
  readonly art: ArtStore;
  readonly desk: Desk;
  readonly log: Log;
  /** On air with the next frame. */
  readonly show: (layout: Layout, art: Art) => void;
}

interface Card {
  readonly name: string;
  readonly text: CardText;
  readonly use: (picture: Buffer) => void;
}

/** A layout whose art cannot be drawn in time is shown without it, ms. */
const PATIENCE_MS = 1_500;

/**
 * Has everything drawn that the program shows beside its sources: cards with the room's words, backgrounds, logos, lower thirds. A layout
 * goes on air whole, when its art is ready, which it is at once but for the first time.
 */
export class Stage {
  readonly #parts: StageParts;
  #layout: Layout;
  #words: Words;
  #prepared: readonly Layout[] = [];
  #cards: readonly Card[];
  readonly #drawn = new Map<string, string>();
  #wake = Promise.withResolvers<void>();
  #late: NodeJS.Timeout | undefined;

  constructor(parts: StageParts, layout: Layout, words: Words) {
    this.#parts = parts;
    this.#layout = layout;
    this.#words = words;
    this.#cards = this.#cardsOf(words);
  }

  show(layout: Layout): void {
    this.#layout = layout;
    clearTimeout(this.#late);
    if (!this.#showNow()) this.#late = setTimeout(() => this.#parts.show(layout, { background: null, overlays: [] }), PATIENCE_MS);
    this.#wake.resolve();
  }

  say(words: Words): void {
    this.#words = words;
    this.#cards = this.#cardsOf(words);
    this.#wake.resolve();
  }

  /** Layouts that may be wanted soon: their art is drawn ahead. */
  prepare(layouts: readonly Layout[]): void {
    this.#prepared = layouts;
    this.#parts.art.forget();
    this.#wake.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      if (!(await this.#drawNext(signal))) await this.#wake.promise;
    }
    clearTimeout(this.#late);
  }

  /** What is on air first, then the cards, then what may be wanted. @returns whether something was drawn */
  async #drawNext(signal: AbortSignal): Promise<boolean> {
    const { art } = this.#parts;
    if (art.artOf(this.#layout, this.#words) === null) {
      return await this.#try(signal, () => art.prepare(this.#layout, this.#words), () => void this.#showNow());
    }
    const card = this.#cards.find(({ name, text }) => this.#drawn.get(name) !== JSON.stringify(text));
    if (card !== undefined) return await this.#drawCard(card, signal);
    const ahead = this.#prepared.find((candidate) => art.artOf(candidate, this.#words) === null);
    if (ahead === undefined) return false;
    return await this.#try(signal, () => art.prepare(ahead, this.#words), () => undefined);
  }

  async #drawCard({ name, text, use }: Card, signal: AbortSignal): Promise<boolean> {
    const { program, desk } = this.#parts;
    // A card that cannot be drawn is not tried again until its words change: the one before stays.
    this.#drawn.set(name, JSON.stringify(text));
    return await this.#try(signal, async () => use(await drawCard(program, text, name, desk)), () => undefined);
  }

  async #try(signal: AbortSignal, draw: () => Promise<void>, then: () => void): Promise<boolean> {
    try {
      await draw();
    } catch (error) {
      if (!signal.aborted) this.#parts.log.warn(reasonOf(error));
    }
    then();
    return true;
  }

  #showNow(): boolean {
    const art = this.#parts.art.artOf(this.#layout, this.#words);
    if (art === null) return false;
    clearTimeout(this.#late);
    this.#parts.show(this.#layout, art);
    return true;
  }

  #cardsOf({ language, course }: Words): Card[] {
    const { slates, sources } = this.#parts;
    const isChinese = language === 'zh-CN';
    const paused = { title: isChinese ? '马上回来 · Back soon' : 'Back soon · 马上回来', line: course };
    const lost = isChinese ? '无信号' : 'No signal';
    return [
      { name: 'paused', text: paused, use: (picture) => void (slates.paused = lastingFrame(picture)) },
      ...sources.filter(({ media }) => media === 'picture').map(({ id, name }) => ({
        name: `lost-${id}`, text: { title: name, line: lost }, use: (picture: Buffer) => void slates.lost.set(id, lastingFrame(picture)),
      })),
    ];
  }
}
