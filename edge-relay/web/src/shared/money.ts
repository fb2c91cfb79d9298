import type { Language } from '#kit/ui/words/language.ts';

export function price(cents: number, currency: string, language: Language): string {
  return new Intl.NumberFormat(language, { style: 'currency', currency }).format(cents / 100);
}
