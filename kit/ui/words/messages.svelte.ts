import { language } from './language-choice.svelte.ts';
import { type MessageTable, type Translation, messagesFor } from './message-table.ts';

/** The words of a page in the page's language. Read in a template, they change with it. */
export function createMessages<M extends MessageTable>(tables: { en: M; zh: Translation<M> }): M {
  return messagesFor(tables, () => language.current);
}
