export interface Toast {
  readonly id: number;
  readonly sentence: string;
  readonly tone: 'look' | 'rest';
}

const SHOWN = 3;
const READING_MS = 6_000;

/** Short answers to what a person just did. At most three; the oldest makes room. */
export class Toasts {
  #shown = $state.raw<readonly Toast[]>([]);
  #count = 0;

  get shown(): readonly Toast[] {
    return this.#shown;
  }

  say(sentence: string, tone: Toast['tone'] = 'rest'): void {
    const toast = { id: ++this.#count, sentence, tone };
    const others = this.#shown.filter((shown) => shown.sentence !== sentence);
    this.#shown = [...others.slice(-(SHOWN - 1)), toast];
    setTimeout(() => this.dismiss(toast.id), READING_MS);
  }

  dismiss(id: number): void {
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }
}
