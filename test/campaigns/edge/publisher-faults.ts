import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '#kit/process/child.ts';
import { type EdgeFault, everybody } from './fault.ts';
import { type RoomName, ROOMS } from './lone-edge.ts';
import { offerOf } from './knock.ts';
import { rtmpArgs } from './publishers.ts';
import type { EdgeStage } from './stage.ts';

/** Viewers wait 30 s for a publisher. */
const SHORT_MS = 2_000;
const LONG_MS = 40_000;
const REFUSED_WITHIN_MS = 20_000;

function away(room: RoomName, awayMs: (random: () => number) => number): EdgeFault['strike'] {
  return async ({ publishers }, random) => {
    await publishers[room].kill();
    await delay(awayMs(random));
    publishers[room].begin();
    return [];
  };
}

/** Publishers that go away without a word and come back, or that should not be there. */
export const PUBLISHER_FAULTS: readonly EdgeFault[] = [
  ...ROOMS.flatMap((room): EdgeFault[] => [
    { name: `publisher of ${room} gone for a moment`, isShort: true, spares: everybody, strike: away(room, (random) => random() * SHORT_MS) },
    { name: `publisher of ${room} gone for 40 s`, spares: (viewer) => viewer.room !== room, strike: away(room, () => LONG_MS) },
  ]),
  { name: 'second publisher by WHIP', isShort: true, spares: everybody, strike: secondByWhip },
  { name: 'second publisher by RTMP', spares: everybody, strike: secondByRtmp },
];

async function secondByWhip({ edge }: EdgeStage): Promise<string[]> {
  const headers = { authorization: `Bearer ${edge.publishKey('room-1', 'another-box')}`, 'content-type': 'application/sdp' };
  const { status } = await fetch(`${edge.url}/whip/room-1`, { method: 'POST', headers, body: (await offerOf('send')).sdp });
  return status === 409 ? [] : [`a second publisher by WHIP was answered with ${status}`];
}

async function secondByRtmp({ edge }: EdgeStage): Promise<string[]> {
  const target = `rtmp://127.0.0.1:${edge.ports.rtmp}/live/room-2?key=${edge.publishKey('room-2', 'another-encoder')}`;
  const tooLong = AbortSignal.timeout(REFUSED_WITHIN_MS);
  const { code } = await startChild('ffmpeg', rtmpArgs(target), { signal: tooLong, name: 'second-publisher' }).exited;
  return code !== 0 && !tooLong.aborted ? [] : ['a second publisher by RTMP was not sent away'];
}
