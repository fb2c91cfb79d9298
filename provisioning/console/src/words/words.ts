import { createMessages } from '#kit/ui/words/messages.svelte.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

export const words: typeof en = createMessages({ en, zh });
