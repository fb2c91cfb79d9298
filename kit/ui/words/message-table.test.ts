import { describe, expect, it } from 'vitest';
import { type Language, languageOf, preferredLanguage } from './language.ts';
import { messagesFor } from './message-table.ts';

describe('messages', () => {
  it('speak the language of the moment, also inside functions', () => {
    let current: Language = 'en';
    const words = messagesFor(
      {
        en: { start: 'Start class', viewers: (count: number) => `${count} viewers` },
        zh: { start: '开始上课', viewers: (count: number) => `${count} 人观看` },
      },
      () => current,
    );
    expect([words.start, words.viewers(3)]).toEqual(['Start class', '3 viewers']);
    current = 'zh-CN';
    expect([words.start, words.viewers(3)]).toEqual(['开始上课', '3 人观看']);
  });
});

describe('language', () => {
  it.each([
    ['zh', 'zh-CN'],
    ['zh-Hant-TW', 'zh-CN'],
    ['EN-gb', 'en'],
    ['fr', null],
    [null, null],
  ] as const)('%s is %s', (tag, expected) => {
    expect(languageOf(tag)).toBe(expected);
  });

  it('prefers the choice made here, then the browser, then English', () => {
    expect(preferredLanguage('zh-CN', ['en'])).toBe('zh-CN');
    expect(preferredLanguage(null, ['fr', 'zh-SG', 'en'])).toBe('zh-CN');
    expect(preferredLanguage('nonsense', ['fr'])).toBe('en');
  });
});
