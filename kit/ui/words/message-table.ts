import type { Language } from './language.ts';

/** A word or sentence, or a function that builds one from what it is about. */
export type Message = string | ((...about: never[]) => string);
export type MessageTable = Readonly<Record<string, Message>>;
/** The same keys with the same arguments: a missing or extra translation is a type error. */
export type Translation<M extends MessageTable> = { readonly [K in keyof M]: M[K] extends string ? string : M[K] };

/** One object with a getter a key, which reads the current language at each access. */
export function messagesFor<M extends MessageTable>(tables: { en: M; zh: Translation<M> }, current: () => Language): M {
  const messages = {};
  for (const key of Object.keys(tables.en)) {
    Object.defineProperty(messages, key, {
      enumerable: true,
      get: () => (current() === 'en' ? tables.en : tables.zh)[key],
    });
  }
  return messages as M;
}
