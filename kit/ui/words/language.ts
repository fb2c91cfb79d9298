export const languages = ['en', 'zh-CN'] as const;
export type Language = (typeof languages)[number];

/** How each language names itself: what a person looks for who can't read the other one. */
export const nameOf: Record<Language, string> = { en: 'English', 'zh-CN': '简体中文' };

/** Any tag a browser may give (`zh`, `zh-Hans-SG`, `en-GB`) → the nearest language we speak, or null. */
export function languageOf(tag: string | null): Language | null {
  const primary = tag?.toLowerCase().split('-')[0];
  if (primary === 'zh') return 'zh-CN';
  return primary === 'en' ? 'en' : null;
}

/** First of the person's own choice, then the browser's list, then English. */
export function preferredLanguage(chosen: string | null, browser: readonly string[]): Language {
  for (const tag of [chosen, ...browser]) {
    const language = languageOf(tag);
    if (language !== null) return language;
  }
  return 'en';
}
