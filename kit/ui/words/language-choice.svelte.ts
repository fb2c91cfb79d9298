import { readStored, writeStored } from '../client/stored.ts';
import { type Language, preferredLanguage } from './language.ts';

const KEY = 'lectern.language';

/** The page's language: one for the whole page, kept on this device. */
export class LanguageChoice {
  #current = $state<Language>('en');

  get current(): Language {
    return this.#current;
  }

  /** Call once before mounting: the person's earlier choice, else the browser's languages. */
  restore(): void {
    this.#show(preferredLanguage(readStored(KEY), navigator.languages));
  }

  /** The place's own language, where nobody has chosen one on this device. */
  suggest(language: Language): void {
    if (readStored(KEY) === null) this.#show(language);
  }

  choose(language: Language): void {
    writeStored(KEY, language);
    this.#show(language);
  }

  #show(language: Language): void {
    this.#current = language;
    document.documentElement.lang = language;
  }
}

export const language = new LanguageChoice();
