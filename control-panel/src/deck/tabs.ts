import type { State } from '#appliance/contract/state.ts';

export const tabs = ['camera', 'scenes', 'care', 'sound', 'sources', 'laptop'] as const;
export type Tab = (typeof tabs)[number];

/** Whether something behind a tab that may not be open wants somebody. */
export function wantsLook({ cameras, macros, sound, sources, share }: State, tab: Tab): boolean {
  switch (tab) {
    case 'camera':
      return cameras.some(({ link }) => link === 'lost');
    case 'scenes':
      return macros !== undefined && macros.problem !== '';
    case 'care':
      return cameras.some(({ framing }) => framing?.state === 'unavailable');
    case 'sound':
      return sound.alarms.length > 0 || sound.sources.some(({ muted }) => muted);
    case 'sources':
      return sources.some(({ advice }) => advice !== '');
    case 'laptop':
      return share.waiting !== null;
  }
}

/** The tab that an arrow key leads to from another, in reading order and around the end; null for other keys. */
export function neighbour(from: Tab, key: string): Tab | null {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 2, ArrowUp: -2 }[key];
  return step === undefined ? null : (tabs[(tabs.indexOf(from) + step + tabs.length) % tabs.length] ?? null);
}
