import { moment } from '#kit/ui/time/format.ts';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import type { Reason } from '#provisioning/contract/console.ts';
import { checksZh, reasonsZh } from '../words/reasons-zh.ts';
import { words } from '../words/words.ts';

/** A reason in the page's language, with the day of the class that it is about. */
export function reasonIn({ code, message, plannedFor }: Reason, nowMs: number): string {
  const sentence = (language.current === 'zh-CN' ? reasonsZh[code] : undefined) ?? message;
  return plannedFor === undefined ? sentence : words.ofDay(sentence.replace(/[.。]$/, ''), moment(Date.parse(plannedFor), nowMs, language.current));
}

/** Two reasons may say the same of two classes: a list is drawn by keys that differ. */
export function keyOf({ code, message, plannedFor = '' }: Reason): string {
  return `${code} ${plannedFor} ${message}`;
}

/** What a rehearsal's check found, in the page's language. */
export function checkIn({ code, ok, message }: { code: string; ok: boolean; message: string }): string {
  return (language.current === 'zh-CN' ? checksZh[code]?.[ok ? 0 : 1] : undefined) ?? message;
}
