import { expect, test } from 'vitest';
import { visit } from '../product/browser.ts';
import { eventually } from '../product/eventually.ts';
import { gapsBeyondOverload } from '../product/gaps.ts';
import { decodeAll } from '../product/run-ffmpeg.ts';
import { Student } from '../product/student.ts';
import { WatchProbe } from '../product/watch-probe.ts';
import { withProduct } from '../product/with-product.ts';

const stage = withProduct();
/** Of the demo's program. */
const FPS = 25;

test('the edge is killed mid-class and comes back: viewers go on by themselves', async () => {
  await stage.box.start();
  const { watchUrl } = stage.product.demo.students.paid;
  const [webrtc, hls] = [await visit(stage.browser, watchUrl), await visit(stage.browser, watchUrl, { withoutWebRtc: true })];
  const probes = [new WatchProbe(webrtc), new WatchProbe(hls)];
  for (const probe of probes) await probe.plays('before', { timeoutMs: 40_000 });
  await killed('edge');
  for (const probe of probes) await showsFreshPicture(probe);
  const { recording } = await stage.box.until('the class to be seen again', ({ stream }) => stream.seenAtEdge);
  expect(recording.active).toBe(true);
  expect(gapsBeyondOverload(recording.gaps)).toEqual([]);
  await webrtc.context().close();
  await hls.context().close();
  await stage.box.rest();
});

test('the appliance is killed mid-class: the same class goes on, in one recording that plays through and states its gap', async () => {
  await stage.box.start('Two halves');
  const page = await visit(stage.browser, stage.product.demo.students.paid.watchUrl);
  const probe = new WatchProbe(page);
  await probe.plays('before');
  const before = await stage.box.until('a proven recording', ({ recording }) => recording.proven);
  await killed('appliance');
  const after = await stage.box.until('the class to go on', ({ lesson, recording }) => lesson.phase === 'live' && recording.active && recording.proven, { timeoutMs: 45_000 });
  expect(after.lesson).toMatchObject({ id: before.lesson.id, title: 'Two halves', startedAt: before.lesson.startedAt });
  expect(after.recording.id).toBe(before.recording.id);
  expect(gapsBeyondOverload(after.recording.gaps)).toHaveLength(1);
  await showsFreshPicture(probe);
  await stage.box.rest();
  await page.context().close();

  const id = before.recording.id ?? expect.fail('nothing was recorded');
  await stage.box.until('the verdict of the library', ({ cloud }) => cloud.recordings.some((recording) => recording.id === id && recording.safe), { timeoutMs: 60_000 });
  const replay = await new Student(stage.product.demo).replayOf(id);
  expect(gapsBeyondOverload(replay.gaps)).toHaveLength(1);
  const decoded = await decodeAll(replay.playlist);
  expect(decoded.complaints).toBe('');
  expect(decoded.seconds).toBeGreaterThan(replay.durationSeconds - 0.5);
  // A busy machine may have encoded less than every frame, and begins with little.
  expect(decoded.frames).toBeGreaterThan(decoded.seconds * FPS * 0.5);
});

/** Kills a service as a power cut would, and waits until the launcher has started it again. */
async function killed(service: 'edge' | 'appliance'): Promise<void> {
  const pid = stage.product.pidOf(service);
  process.kill(pid, 'SIGKILL');
  await eventually(`${service} to be started again`, () => stage.product.pidOf(service) !== pid);
}

/** A picture that the camera took after this call. */
async function showsFreshPicture(probe: WatchProbe): Promise<void> {
  const since = Date.now();
  const fresh = async (): Promise<boolean> => (await probe.sightings(1, 1_000)).some(({ seenMs }) => seenMs > since);
  await eventually('a fresh picture', fresh, { timeoutMs: 45_000 });
  await probe.plays('after');
}
