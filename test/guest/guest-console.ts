/** What a program in the guest says over its console, and how `devices.ts` reads it. */
import type { Device } from '#appliance/contract/sources.ts';

/** Said last: whoever does not say it did not come to its end. */
export const ENDED = 'DEVICES-ENDED';

export function say(words: string): void {
  console.log(`SAY ${words}`);
}

/** `BROKEN` begins what should not be. */
export function check(holds: boolean, what: string): void {
  console.log(holds ? `SAY holds: ${what}` : `BROKEN ${what}`);
}

export function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}

export function told({ url, name, modes, usedBy }: Device): string {
  const formats = [...new Set(modes.map(({ format }) => format))];
  const sizes = [...new Set(modes.map(({ width, height }) => `${width}x${height}`))];
  const rates = [...new Set(modes.flatMap((mode) => mode.rates ?? []))];
  return `${url} (${name}), used by ${usedBy ?? 'nobody'}; formats ${formats.join(' ') || 'none'}; sizes ${sizes.join(' ') || 'none'}; rates ${rates.join(' ') || 'none'}`;
}
