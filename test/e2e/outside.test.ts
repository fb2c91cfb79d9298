import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { visit } from '../product/browser.ts';
import { eventually } from '../product/eventually.ts';
import { gapsBeyondOverload } from '../product/gaps.ts';
import { decodeAll, publishRtmp } from '../product/run-ffmpeg.ts';
import { Student } from '../product/student.ts';
import { WatchProbe } from '../product/watch-probe.ts';
import { publishByWhipInPage } from '../product/whip-in-page.ts';
import { withProduct } from '../product/with-product.ts';

const stage = withProduct();

const watchGuestRoom = (): Promise<Page> => {
  const url = new URL(stage.product.demo.students.paid.watchUrl);
  url.searchParams.set('to', '/watch/room-302');
  return visit(stage.browser, url.href);
};

describe.sequential('a room without a box', () => {
  test('FFmpeg publishes by RTMP; a browser watches, and FFmpeg reads LL-HLS', async () => {
    const { demo } = stage.product;
    const publisher = publishRtmp(demo.publish.rtmp.url);
    try {
      const page = await watchGuestRoom();
      await new WatchProbe(page).plays('the viewer of RTMP', { timeoutMs: 40_000 });
      expect(await new WatchProbe(page).loudness()).toBeGreaterThan(-45);
      const { hls } = await new Student(demo).playback('room-302');
      const decoded = await eventually('FFmpeg to read the playlist', () => decodeAll(hls, { seconds: 4 }), { timeoutMs: 60_000 });
      expect(decoded.complaints).toBe('');
      expect(decoded.frames).toBeGreaterThan(90);
      await page.context().close();
    } finally {
      await publisher.stop();
    }
  });

  test('Chromium publishes by WHIP, another browser watches', async () => {
    const { edge, publish } = stage.product.demo;
    const publisher = await visit(stage.browser, `${edge.url}/`);
    await publisher.evaluate(publishByWhipInPage, publish.whip);
    const page = await watchGuestRoom();
    const probe = new WatchProbe(page);
    await probe.plays('the viewer of WHIP', { timeoutMs: 40_000 });
    expect(await probe.transport()).toBe('webrtc');
    expect(await probe.loudness(3_000)).toBeGreaterThan(-60);
    await publisher.context().close();
    await page.context().close();
  });
});

test('no cloud at Start: it records, says so, and sends later', async () => {
  const { product, box, browser } = stage;
  const services = ['campus', 'edge'].map((service) => product.pidOf(service));
  services.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  const panel = await visit(browser, product.demo.panel.url, { viewport: { width: 1280, height: 800 } });
  try {
    await panel.getByRole('button', { name: 'Start class' }).click();
    const state = await box.until('a proven recording and a said problem', ({ recording, stream }) => recording.proven && stream.problem !== '', { timeoutMs: 45_000 });
    expect(state.stream).toMatchObject({ seenAtEdge: false });
    expect(gapsBeyondOverload(state.recording.gaps)).toEqual([]);
    await panel.getByText(/^Recording, proven/).waitFor();
    expect(await panel.getByText(/^Live, seen by the edge/).count()).toBe(0);
    await box.rest();
    await panel.getByText('Safe on the box.').waitFor();
    expect(await panel.getByText('Safe in the cloud', { exact: true }).count()).toBe(0);
  } finally {
    services.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }
  await panel.getByText('Safe in the cloud', { exact: true }).waitFor({ timeout: 90_000 });
  const recording = (await box.state()).cloud.recordings.find(({ safe }) => safe) ?? expect.fail('no recording is safe');
  const { playlist } = await new Student(product.demo).replayOf(recording.id);
  expect((await decodeAll(playlist)).complaints).toBe('');
});
