import type { Settings } from '#appliance/contract/api.ts';
import { expect, it } from 'vitest';
import { SettingsLock } from './settings-lock.svelte.ts';

const settings: Settings = { language: 'en', defaultLayout: 'camera', silenceExpected: false };

function lockOnSlowBox() {
  let answer = () => {};
  const lock = new SettingsLock({
    openSession: () => new Promise((resolve) => (answer = () => resolve({ token: 'pin', expiresAt: '2026-09-07T11:30:00Z' }))),
    settings: async () => settings,
    changePin: async () => null,
  });
  return { lock, answer: () => answer() };
}

it('opens to the PIN, and shows what is changed', async () => {
  const { lock, answer } = lockOnSlowBox();
  const unlocking = lock.unlock('2468');
  answer();
  await unlocking;
  lock.change({ language: 'zh-CN' });
  expect(lock.unlocked).toEqual({ token: 'pin', settings: { ...settings, language: 'zh-CN' } });
  lock.lock();
  expect(lock.unlocked).toBeNull();
});

it('stays locked when the dialog was left before the box had answered', async () => {
  const { lock, answer } = lockOnSlowBox();
  const unlocking = lock.unlock('2468');
  lock.lock();
  answer();
  await unlocking;
  expect(lock.unlocked).toBeNull();
});

it('goes on with the new PIN, and what was changed and not saved yet, after the PIN was changed', async () => {
  let pin = '2468';
  const sessions = new Map<string, string>();
  const lock = new SettingsLock({
    openSession: async (typed) => {
      sessions.set(`by ${typed}`, typed);
      return { token: `by ${typed}`, expiresAt: '2026-09-07T11:30:00Z' };
    },
    settings: async () => settings,
    changePin: async (request) => {
      pin = request.newPin;
      sessions.clear();
    },
  });
  await lock.unlock(pin);
  lock.change({ silenceExpected: true });
  await lock.changePin('2468', '1357');
  expect([pin, sessions.has(lock.unlocked?.token ?? ''), lock.unlocked?.settings.silenceExpected]).toEqual(['1357', true, true]);
});
