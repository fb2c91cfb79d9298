import { createMessages } from '#kit/ui/words/messages.svelte.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

export type Words = typeof en;
export const words: Words = createMessages({ en, zh });
