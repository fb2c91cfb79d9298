import type { Language } from '../words/language.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const units = {
  en: { now: 'now', s: ' s', min: ' min', h: ' h', d: ' d', ago: (span: string) => `${span} ago`, ahead: (span: string) => `in ${span}` },
  'zh-CN': {
    now: '刚刚',
    s: ' 秒',
    min: ' 分钟',
    h: ' 小时',
    d: ' 天',
    ago: (span: string) => `${span}前`,
    ahead: (span: string) => `${span}后`,
  },
} as const;

/** `2 s`, `4 min`, `3 h`, `2 d`: one unit, rounded down, as a person would say it. */
export function span(ms: number, language: Language): string {
  const words = units[language];
  const size = Math.abs(ms);
  if (size < MINUTE) return `${Math.floor(size / SECOND)}${words.s}`;
  if (size < HOUR) return `${Math.floor(size / MINUTE)}${words.min}`;
  if (size < DAY) return `${Math.floor(size / HOUR)}${words.h}`;
  return `${Math.floor(size / DAY)}${words.d}`;
}

/** Relative near now (`2 min ago`, `in 5 min`), a date beyond two days. Epoch milliseconds. */
export function relative(thenMs: number, nowMs: number, language: Language): string {
  const distance = thenMs - nowMs;
  if (Math.abs(distance) < SECOND) return units[language].now;
  if (Math.abs(distance) > 2 * DAY) return date(thenMs, language);
  // What is to come is rounded up: "in 5 min" until less than 4 remain.
  return distance < 0 ? units[language].ago(span(distance, language)) : units[language].ahead(spanAhead(distance, language));
}

function spanAhead(ms: number, language: Language): string {
  const unit = ms < MINUTE ? SECOND : ms < HOUR ? MINUTE : ms < DAY ? HOUR : DAY;
  return span(Math.ceil(ms / unit) * unit, language);
}

/** `1:02:03`, `12:03`: counting, rounded down. Negative reads as 0:00. */
export function counter(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n = 0) => String(n).padStart(2, '0');
  return parts[0] === 0 ? `${parts[1]}:${two(parts[2])}` : `${parts[0]}:${two(parts[1])}:${two(parts[2])}`;
}

/** `10:42`, 24 hours, the viewer's time zone. */
export function clock(ms: number, language: Language, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }).format(ms);
}

/** `Sat, 21 Nov`, the viewer's time zone. */
export function date(ms: number, language: Language, timeZone?: string): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { weekday: 'short', day: 'numeric', month: 'short', timeZone }).format(ms);
}

const days = { en: ['today', 'tomorrow', 'yesterday'], 'zh-CN': ['今天', '明天', '昨天'] } as const;

/** `today, 10:00`, `tomorrow, 10:00`, `Sat, 21 Nov, 10:00`: when something is or was, as it is said in a timetable. */
export function moment(thenMs: number, nowMs: number, language: Language, timeZone?: string): string {
  const [today, tomorrow, yesterday] = days[language];
  const day = date(thenMs, language, timeZone);
  const names = new Map([
    [date(nowMs - DAY, language, timeZone), yesterday],
    [date(nowMs + DAY, language, timeZone), tomorrow],
    [date(nowMs, language, timeZone), today],
  ]);
  const near = Math.abs(thenMs - nowMs) < 3 * DAY ? names.get(day) : undefined;
  return `${near ?? day}${language === 'en' ? ', ' : ' '}${clock(thenMs, language, timeZone)}`;
}

/** In full, for the hover text of a relative time. */
export function absolute(ms: number, language: Language, timeZone?: string): string {
  const options = { dateStyle: 'full', timeStyle: 'medium', timeZone } as const;
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(ms);
}

/** `0.4 s` under ten seconds, whole seconds above: as exact as it can be read. */
export function delay(ms: number, language: Language): string {
  const seconds = Math.max(0, ms) / SECOND;
  return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)}${units[language].s}`;
}

/** `940 kB`, `12 MB`, `1.4 GB`: decimal, as disks are sold. */
export function bytes(count: number): string {
  const [size, unit] = count < 1e6 ? [count / 1e3, 'kB'] : count < 1e9 ? [count / 1e6, 'MB'] : [count / 1e9, 'GB'];
  return `${size < 9.95 && unit !== 'kB' ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
