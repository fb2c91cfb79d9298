import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '#kit/media/clock.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { openWebRtc } from './endpoint.ts';
import type { PacketizedFrame, Peer, WebRtcEndpoint } from './types.ts';

const open: WebRtcEndpoint[] = [];
let sender: Peer;
let receiver: Peer;

beforeEach(async () => {
  const [server, client] = await Promise.all([endpoint(), endpoint()]);
  const offered = await client.offer({ rids: [], audio: false, h264ProfileLevelId: '42c01f' });
  const accepted = await server.accept(offered.offerSdp, { direction: 'receive' });
  await offered.setAnswer(accepted.answerSdp);
  [sender, receiver] = [offered.peer, accepted.peer];
  await expect.poll(() => [sender.state, receiver.state]).toEqual(['connected', 'connected']);
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const each of open.splice(0)) await each.close();
});

async function endpoint(): Promise<WebRtcEndpoint> {
  const made = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
  open.push(made);
  return made;
}

/** As when NTP or a person sets the clock of the machine. */
function stepWallClock(ms: number): void {
  const now = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}

function keyframe(captureUs: number): PacketizedFrame {
  const unit = Buffer.from('000000016742c01fda0000000168ce3c800000000165888080', 'hex');
  return { kind: 'video', captureUs, keyframe: true, payloads: packetizeH264(unit, 1180) };
}

test.each([20_000, -3_600_000])('a clock that is set %i ms on changes nothing for those who are connected', async (stepMs) => {
  const clock = systemClock();
  const [sent, came] = [[] as number[], [] as number[]];
  receiver.on('frame', ({ captureUs }) => came.push(captureUs));
  stepWallClock(stepMs);
  const heardAtMs = [sender.heardAtMs, receiver.heardAtMs];
  // Nobody says anything: the first to look at the clock is who looks for silence.
  await new Promise((resolve) => setTimeout(resolve, 600));
  for (let count = 0; count < 30; count += 1) {
    const captureUs = clock.nowUs();
    sent.push(captureUs);
    sender.send(keyframe(captureUs));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect([sender.state, receiver.state]).toEqual(['connected', 'connected']);
  for (const [index, peer] of [sender, receiver].entries()) expect(peer.heardAtMs - (heardAtMs[index] ?? 0)).toBeGreaterThan(2_000);
  // The sender's reports tell of the same time as the packets: without that, a receiver would place them wrongly.
  expect(came.length).toBeGreaterThan(25);
  came.forEach((captureUs, index) => expect(Math.abs(captureUs - (sent[index] ?? 0))).toBeLessThan(1_000));
});
