import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';
import { visit } from '../product/browser.ts';
import { medianDelayMs, WatchProbe } from '../product/watch-probe.ts';
import { withProduct } from '../product/with-product.ts';
import { gapsBeyondOverload } from '../product/gaps.ts';

/** A firewall that swallows UDP: media sent where the edge says arrives here and goes no further. */
const wall = createSocket('udp4');
const stage = withProduct(async () => ({ edgeMediaPort: await open(wall) }));
afterAll(() => void wall.close());

async function open(socket: Socket): Promise<number> {
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}

test('with UDP blocked the box sends by RTMP, and a student sees and hears the class over LL-HLS', async () => {
  const page = await visit(stage.browser, stage.product.demo.students.paid.watchUrl);
  await page.getByRole('heading', { name: 'The class has not started yet' }).waitFor();
  await stage.box.start();
  const { stream } = await stage.box.until('the edge to see the class', ({ stream: { seenAtEdge } }) => seenAtEdge, { timeoutMs: 30_000 });
  expect(stream.protocol).toBe('rtmp');
  await page.locator('video[data-transport=hls]').waitFor();
  const probe = new WatchProbe(page);
  await probe.plays('the student', { timeoutMs: 40_000 });
  expect(medianDelayMs(await probe.sightings(5))).toBeLessThan(8_000);
  expect(await probe.loudness()).toBeGreaterThan(-45);
  await stage.box.until('a proven recording', ({ recording }) => recording.active && recording.proven);
  expect(gapsBeyondOverload((await stage.box.state()).recording.gaps)).toEqual([]);
  await stage.box.rest();
});
