import type { Settings } from '#appliance/contract/api.ts';
import type { Words } from './protocol.ts';

/** What cards and lower thirds say of a class, in the room's language; the date as it is in the room. */
export function wordsOf(lesson: { readonly title: string; readonly teacher: string }, language: Settings['language'], nowMs: number): Words {
  const date = new Intl.DateTimeFormat(language === 'zh-CN' ? 'zh-CN' : 'en-GB', { dateStyle: 'long' }).format(nowMs);
  return { language, course: lesson.title, teacher: lesson.teacher, date };
}
