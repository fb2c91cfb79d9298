import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { RecordingEntry } from '#cloud-sync/contract/library.ts';
import { callApi } from '../demo/api.ts';
import { signInAtCampus } from '../demo/seed.ts';
import { visit } from '../product/browser.ts';
import { eventually } from '../product/eventually.ts';
import { gapsBeyondOverload } from '../product/gaps.ts';
import { Student } from '../product/student.ts';
import { medianDelayMs, WatchProbe } from '../product/watch-probe.ts';
import { withProduct } from '../product/with-product.ts';

const stage = withProduct();
/** Speech of the simulated room is about -20 dBFS; a quarter of a second of any of it is far above this. */
const HEARD_DBFS = -45;

describe.sequential('a class, from Start to replay', () => {
  const pages: { panel?: Page; student?: Page } = {};
  const panel = (): Page => pages.panel ?? expect.fail('the panel was not opened');
  const student = (): Page => pages.student ?? expect.fail('the student is not there');

  test('before it, the panel is ready and the student waits', async () => {
    pages.panel = await visit(stage.browser, stage.product.demo.panel.url, { viewport: { width: 1280, height: 800 } });
    await panel().getByRole('button', { name: 'Start class' }).waitFor();
    pages.student = await visit(stage.browser, stage.product.demo.students.paid.watchUrl);
    expect(new URL(student().url()).pathname).toBe('/watch/room-301');
    await student().getByRole('heading', { name: 'The class has not started yet' }).waitFor();
  });

  test('a student without a ticket is asked to buy', async () => {
    const page = await visit(stage.browser, stage.product.demo.students.unpaid.watchUrl);
    const buy = page.getByRole('button', { name: 'Buy ticket' });
    await buy.waitFor();
    expect(await buy.getAttribute('href')).toBe('https://shop.lectern.example/physics-12');
    expect(await page.locator('video').count()).toBe(0);
    await page.context().close();
  });

  test('Start class: the waiting student sees and hears it over WebRTC', async () => {
    await panel().getByRole('button', { name: 'Start class' }).click();
    await student().locator('video').waitFor();
    const probe = new WatchProbe(student());
    await probe.plays('the student over WebRTC');
    expect(await probe.transport()).toBe('webrtc');
    // The group of pictures that a viewer begins with is up to a second old.
    await eventually('a delay of less than a second and a half', async () => medianDelayMs(await probe.sightings(10)) < 1_500);
    expect(await probe.loudness()).toBeGreaterThan(HEARD_DBFS);
  });

  test('the delay that the page tells is the one that the camera’s clock shows', async () => {
    const probe = new WatchProbe(student());
    await eventually('the page to tell the delay within a quarter of a second', async () => {
      const told = Number(await student().getAttribute('video', 'data-delay-ms'));
      const measured = medianDelayMs(await probe.sightings(15));
      if (Math.abs(told - measured) < 250) return true;
      throw new Error(`told ${told} ms, measured ${Math.round(measured)} ms`);
    });
  });

  test('a picture that the browser paused goes on with a press of Play', async () => {
    await pressPlay(student());
  });

  test('the panel proves it in words, and shows what students see', async () => {
    await panel().getByText(/^Recording, proven/).waitFor();
    await panel().getByText(/^Live, seen by the edge/).waitFor();
    await panel().getByRole('button', { name: 'End class' }).waitFor();
    await new WatchProbe(panel(), 'video[data-picture=return]').plays('the return picture', { frames: 5 });
  });

  test('a browser without WebRTC gets it over LL-HLS by itself', async () => {
    const page = await visit(stage.browser, stage.product.demo.students.paid.watchUrl, { withoutWebRtc: true });
    const probe = new WatchProbe(page);
    await page.locator('video[data-transport=hls]').waitFor();
    await probe.plays('the student over LL-HLS', { timeoutMs: 40_000 });
    const isNear = async (): Promise<boolean> => medianDelayMs(await probe.sightings(10)) < 6_000;
    // The player comes nearer to the live edge by playing faster.
    await eventually('a delay of less than six seconds', isNear, { timeoutMs: 45_000 });
    // As after a stall, or a page that slept.
    await page.evaluate("document.querySelector('video').currentTime -= 8");
    await eventually('a student who fell behind to be back at the class', isNear, { timeoutMs: 30_000 });
    expect(await probe.loudness()).toBeGreaterThan(HEARD_DBFS);
    await pressPlay(page);
    await page.context().close();
  });

  test('a browser that fails to load the LL-HLS player tries again', async () => {
    const page = await visit(stage.browser, stage.product.demo.students.paid.watchUrl, { withoutWebRtc: true });
    await page.route(/\/hls-[^/]*\.js$/, (route) => route.abort(), { times: 2 });
    const refused = page.waitForEvent('requestfailed', (request) => /\/hls-[^/]*\.js$/.test(request.url()));
    await page.reload();
    await refused;
    await new WatchProbe(page).plays('the student after a failed load', { timeoutMs: 40_000 });
    await page.context().close();
  });

  test('layouts are switched while it runs', async () => {
    const probe = new WatchProbe(student());
    const choose = async (name: string, id: string): Promise<void> => {
      await panel().getByRole('button', { name, exact: true }).first().click();
      await stage.box.until(`the layout ${id}`, ({ layout }) => layout === id);
    };
    await choose('Slides', 'slides');
    await eventually('slides have no timecode', async () => (await probe.sightings(1, 600)).length === 0);
    await choose('Side by side', 'side-by-side');
    await choose('Picture in picture', 'picture-in-picture');
    await choose('Camera', 'camera');
    await eventually('the camera is back', async () => (await probe.sightings(1, 600)).length > 0);
    await probe.plays('the student after four layouts');
    expect(gapsBeyondOverload((await stage.box.state()).recording.gaps)).toEqual([]);
  });

  test('what one student writes, another reads', async () => {
    const other = await visit(stage.browser, stage.product.demo.students.paid.watchUrl);
    // Once: a second press would be a second message.
    await student().getByRole('textbox', { name: 'Message' }).fill('Why does it not fall?');
    await student().getByRole('button', { name: 'Send' }).click();
    await other.getByRole('log').getByText('Why does it not fall?').waitFor();
    await other.context().close();
  });

  test('End class, agreed in a dialog: the replay plays and seeks within 30 s', async () => {
    const recording = (await stage.box.state()).recording.id ?? expect.fail('nothing is recorded');
    await panel().getByRole('button', { name: 'End class' }).click();
    await panel().getByRole('dialog').getByRole('button', { name: 'End class' }).click();
    const endedAt = performance.now();
    await student().getByRole('heading', { name: 'The class has ended' }).waitFor();
    const { replays } = await eventually('the replay in the list', async () => {
      const storefront = await new Student(stage.product.demo).storefront();
      return storefront.replays.some(({ id }) => id === recording) ? storefront : undefined;
    });
    expect(replays.find(({ id }) => id === recording)?.title).toBe('Physics 12: Orbits');
    await student().goto(`${stage.product.demo.edge.url}/replay/${recording}`);
    await student().getByRole('button', { name: 'Play' }).click();
    const probe = new WatchProbe(student());
    await probe.plays('the replay');
    expect(performance.now() - endedAt).toBeLessThan(30_000);
    await seekTo(student(), 0.6);
    await probe.plays('the replay after a seek');
    expect(await probe.sightings(3)).not.toHaveLength(0);
  });

  test('the panel says safe in the cloud, and only with the library’s verdict', async () => {
    await panel().getByText('Safe on the box.').waitFor();
    await panel().getByText('Safe in the cloud', { exact: true }).waitFor();
    const { campus } = stage.product.demo;
    const token = await signInAtCampus(campus.url, campus.admin.email, campus.admin.password);
    const { recordings } = await callApi<{ recordings: RecordingEntry[] }>(`${campus.url}/api/recordings?room=room-301`, { token });
    expect(recordings.map(({ safe, gaps }) => ({ safe, gaps: gapsBeyondOverload(gaps) }))).toEqual([{ safe: true, gaps: [] }]);
  });
});

/** Pauses the picture as unplugged headphones would, and goes on. */
async function pressPlay(page: Page): Promise<void> {
  const play = page.getByRole('button', { name: 'Play', exact: true });
  await page.evaluate("document.querySelector('video').pause()");
  await play.click();
  await new WatchProbe(page).plays('the student after Play');
  await play.waitFor({ state: 'detached' });
}

/** Moves the slider to a fraction of the recording, as a finger would, and waits until the player is there. */
async function seekTo(page: Page, fraction: number): Promise<void> {
  const slider = page.getByRole('slider', { name: 'Position' });
  const target = fraction * Number(await slider.getAttribute('max'));
  await slider.fill(target.toFixed(1));
  await eventually('the player is where the slider is', async () => {
    const at = await page.evaluate<number>('document.querySelector("video").currentTime');
    return at >= target - 1 && at < target + 20;
  });
}
