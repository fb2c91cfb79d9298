import type { State } from '#appliance/contract/state.ts';
import { ApiError } from '#kit/ui/client/api-client.ts';
import { Toasts } from '#kit/ui/parts/toasts.svelte.ts';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { createContext } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { Telling } from './class/proofs.ts';
import type { Tab } from './deck/tabs.ts';
import { Panel } from './panel.svelte.ts';
import { Stills } from './sources/stills.svelte.ts';
import { words } from './words/words.ts';

/** What the parts of the panel share: the box as known, and a way to act on it that answers the person. */
export class Desk {
  readonly panel = new Panel();
  readonly toasts = new Toasts();
  /** A small picture of each source. */
  readonly stills = new Stills();
  /** Which controls are at hand under the picture. */
  tab = $state<Tab>('camera');
  #busy = new SvelteSet<string>();

  get telling(): Telling {
    return { words, language: language.current, nowMs: this.panel.now.ms };
  }

  isBusy(action: string): boolean {
    return this.#busy.has(action);
  }

  /** One at a time of each name. A state in the answer is shown at once; a refusal is told. Answers whether it was done. */
  async act(action: string, ask: () => Promise<unknown>, done?: string): Promise<boolean> {
    if (this.#busy.has(action)) return false;
    this.#busy.add(action);
    try {
      const answer = await ask();
      if (isState(answer)) this.panel.show(answer);
      if (done !== undefined) this.toasts.say(done);
      return true;
    } catch (error) {
      this.tell(error);
      return false;
    } finally {
      this.#busy.delete(action);
    }
  }

  tell(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'not_signed_in') void this.panel.checkToken();
    this.toasts.say(words.failed(reasonOf(error)), 'look');
  }
}

/** The box's own sentence; the page's where the box said nothing. */
export function reasonOf(error: ApiError): string {
  return error.status === 0 ? words.unreachable : words.refusal(error.code, error.message);
}

function isState(answer: unknown): answer is State {
  return typeof answer === 'object' && answer !== null && 'lesson' in answer && 'recording' in answer;
}

export const [useDesk, provideDesk] = createContext<Desk>();
