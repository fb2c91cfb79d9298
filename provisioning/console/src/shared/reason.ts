import { language } from '#kit/ui/words/language-choice.svelte.ts';
import type { Reason } from '#provisioning/contract/console.ts';
import { reasonsZh } from '../words/reasons-zh.ts';

/** A reason in the page's language. */
export function reasonIn({ code, message }: Reason): string {
  return (language.current === 'zh-CN' ? reasonsZh[code] : undefined) ?? message;
}
