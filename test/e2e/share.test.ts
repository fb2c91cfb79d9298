import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { State } from '#appliance/contract/state.ts';
import { openLaptop, visit } from '../product/browser.ts';
import { coloursInPage } from '../product/colours.ts';
import { eventually } from '../product/eventually.ts';
import { withProduct } from '../product/with-product.ts';

const stage = withProduct();
/** How every JPEG begins (ITU-T T.81, B.2.1). */
const JPEG = 'ffd8';
const SHOWN = 'What the laptop shows';
/** The panel's own picture of what students get: the program after encoder and edge, and small enough for a busy machine to decode. */
const PROGRAM = 'video[data-picture=return]';
/** Left half red, right half blue, read away from the edges. */
const PLACES = [[0.25, 0.5], [0.75, 0.5]] as const;

const on: { browser?: Browser; panel?: Page; laptop?: Page } = {};
const panel = (): Page => on.panel ?? expect.fail('the panel was not opened');
const laptop = (): Page => on.laptop ?? expect.fail('the laptop was not opened');

/** A laptop that trusts the box's own authority and nothing else that is private. */
beforeAll(async () => {
  const { authority } = JSON.parse(readFileSync(join(stage.product.dir, 'box/share-identity.json'), 'utf8')) as { authority: { certificatePem: string } };
  const key = new X509Certificate(authority.certificatePem).publicKey.export({ type: 'spki', format: 'der' });
  on.browser = await openLaptop({ sharesTab: SHOWN, trustsKey: createHash('sha256').update(key).digest('base64') });
});
afterAll(async () => on.browser?.close());

const share = async (): Promise<State['share']> => (await stage.box.state()).share;
const colours = (page = panel(), selector = PROGRAM): Promise<number[][] | null> => page.evaluate(coloursInPage, { selector, places: PLACES });
const isRed = ([r = 0, g = 0, b = 0]: number[] = []): boolean => r > 150 && g < 90 && b < 90;
const isBlue = ([r = 0, g = 0, b = 0]: number[] = []): boolean => b > 150 && r < 90 && g < 90;

describe.sequential('a laptop shares its screen', () => {
  test('the code on the room’s screen lets it in', async () => {
    await stage.box.layout('slides');
    await stage.box.start();
    on.panel = await visit(stage.browser, stage.product.demo.panel.url, { viewport: { width: 1280, height: 800 } });
    await panel().getByRole('tab', { name: 'Laptop' }).click();
    const { url, code } = await share();
    await panel().getByText(code ?? 'no code').waitFor();

    on.laptop = await visit(on.browser ?? expect.fail('no browser'), url);
    const shown = await laptop().context().newPage();
    await shown.setContent(`<title>${SHOWN}</title><body style="margin:0;height:100vh;background:linear-gradient(90deg,#ff0000 50%,#0000ff 50%)"></body>`);
    // A tab that was never painted would be captured white.
    await shown.screenshot();
    await laptop().bringToFront();
    await laptop().getByLabel('Code').fill('0000' === code ? '1111' : '0000');
    await laptop().getByLabel('Your name').fill('Ana');
    await laptop().getByRole('button', { name: 'Join' }).click();
    await laptop().getByText('That is not the code').waitFor();
    await laptop().getByLabel('Code').fill((await share()).code ?? '');
    await laptop().getByRole('button', { name: 'Join' }).click();
    await laptop().getByRole('heading', { name: 'You are in' }).waitFor();
  });

  test('its pixels reach the program, in the place of the slides', async () => {
    await laptop().getByRole('button', { name: 'Choose what to share' }).click();
    await laptop().getByRole('heading', { name: 'Your screen is in the class' }).waitFor();
    await eventually('the laptop to see what it shares', async () => isRed((await colours(laptop(), 'video'))?.[0]));
    await panel().locator(PROGRAM).waitFor();
    await eventually('the laptop’s colours in the program', async () => {
      const seen = (await colours()) ?? [];
      if (isRed(seen[0]) && isBlue(seen[1])) return true;
      throw new Error(`seen: ${JSON.stringify(seen)}, ${JSON.stringify(await share())}`);
    }, { timeoutMs: 60_000 });
    expect(await share()).toMatchObject({ active: true, name: 'Ana' });
    await panel().getByText('Ana').first().waitFor();
    expect((await stage.box.still('laptop')).subarray(0, 2).toString('hex')).toBe(JPEG);
  });

  test('a screen on which nothing moves stays on', async () => {
    // Chromium sends a resting screen about once a second: a camera that came so seldom would be on its slate half of the time.
    let seen = 0;
    for (let looked = 0; looked < 25; looked += 1) {
      if (isRed((await colours())?.[0])) seen += 1;
      await panel().waitForTimeout(200);
    }
    expect(seen).toBeGreaterThan(20);
  });

  test('it goes on by itself after the box was killed, and says so in the laptop’s language', async () => {
    const pid = stage.product.pidOf('appliance');
    process.kill(pid, 'SIGKILL');
    await laptop().getByRole('heading', { name: 'Coming back' }).waitFor({ timeout: 30_000 });
    await laptop().getByRole('button', { name: '中文' }).click();
    await laptop().getByRole('heading', { name: '您的屏幕已进入课堂' }).waitFor({ timeout: 60_000 });
    await laptop().getByRole('button', { name: 'English' }).click();
    await eventually('the laptop’s colours in the program again', async () => isRed((await colours())?.[0]), { timeoutMs: 60_000 });
    expect(stage.product.pidOf('appliance')).not.toBe(pid);
    expect(await share()).toMatchObject({ active: true, name: 'Ana' });
  });

  test('when it stops, the slides are back', async () => {
    await laptop().getByRole('button', { name: 'Stop sharing' }).click();
    await laptop().getByRole('heading', { name: 'You stopped sharing' }).waitFor();
    await eventually('the slides in the program', async () => !isRed((await colours())?.[0]));
    await stage.box.until('nobody to share', (state) => !state.share.active && state.share.name === '' && state.sources.every(({ kind }) => kind !== 'share'));
    await stage.box.rest();
  });
});
