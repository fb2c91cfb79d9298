import { language } from '#kit/ui/words/language-choice.svelte.ts';
import type { Reason } from '#provisioning/contract/console.ts';
import { checksZh, reasonsZh } from '../words/reasons-zh.ts';

/** A reason in the page's language. */
export function reasonIn({ code, message }: Reason): string {
  return (language.current === 'zh-CN' ? reasonsZh[code] : undefined) ?? message;
}

/** What a rehearsal's check found, in the page's language. */
export function checkIn({ code, ok, message }: { code: string; ok: boolean; message: string }): string {
  return (language.current === 'zh-CN' ? checksZh[code]?.[ok ? 0 : 1] : undefined) ?? message;
}
