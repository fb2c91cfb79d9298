import type { Settings } from '#appliance/contract/api.ts';
import type { Words } from './protocol.ts';

/**
 * What cards and lower thirds say of a class, in the room's language. The date is the room's own day, not the machine's, and left out where
 * nobody knows it: it stays in the recording for good.
 */
export function wordsOf(
  lesson: { readonly title: string; readonly teacher: string },
  language: Settings['language'],
  roomTime: { readonly nowMs: number; readonly timeZone: string } | null,
): Words {
  return { language, course: lesson.title, teacher: lesson.teacher, date: roomTime === null ? '' : dateOf(roomTime.nowMs, roomTime.timeZone, language) };
}

function dateOf(nowMs: number, timeZone: string, language: Settings['language']): string {
  return new Intl.DateTimeFormat(language === 'zh-CN' ? 'zh-CN' : 'en-GB', { dateStyle: 'long', timeZone }).format(nowMs);
}
