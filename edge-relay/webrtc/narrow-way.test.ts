import { expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import type { PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import { Room } from '../rooms/room.ts';
import { FanOut } from './fan-out.ts';

const START = 1_790_000_000_000;
const FRAME_MS = 40;
const SPS = { high: '6742c01fd900a0047620110000030001000003003c0f183191', low: '6742c01eda0280f684000003000400000300c83c58ba80' } as const;
const PPS = Buffer.from('68ce3c80', 'hex');
/** 2,300 and 300 kbps. */
const BYTES = { high: 11_000, low: 1_300 } as const;
type LayerId = keyof typeof SPS;

function video(captureMs: number, layer: LayerId): VideoPacket {
  const keyframe = captureMs % 1_000 === 0;
  const slice = Buffer.alloc(BYTES[layer], keyframe ? 0x65 : 0x41);
  const data = joinNalUnits(keyframe ? [Buffer.from(SPS[layer], 'hex'), PPS, slice] : [slice]);
  return { kind: 'video', codec: 'h264', layer, captureUs: captureMs * 1000, durationUs: FRAME_MS * 1000, keyframe, data };
}

/** One viewer whose far end tells every 100 ms that 600 kbps get through and no more. */
function open() {
  const clock = manualClock(START);
  const room = new Room('room-1', clock);
  const fanOut = new FanOut(room, () => clock.nowMs(), () => null);
  room.attach(fanOut);
  const sent: LayerId[] = [];
  let tell = (): void => undefined;
  const peer = {
    state: 'connected', way: { bps: 600_000, limited: true, lossShare: 0, queueMs: 0 },
    on: (event: string, listener: () => void) => {
      if (event === 'way-changed') tell = listener;
    },
    send: ({ payloads }: PacketizedFrame) => void sent.push(payloads.length > 4 ? 'high' : 'low'),
    leave: () => undefined, join: () => false, forget: () => undefined, watchWay: () => undefined, probe: () => true,
  } as unknown as Peer;
  const publish = () => room.publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
  let publication = publish();
  return {
    watch: () => fanOut.add(peer, { account: 'amy', layer: null }),
    /** The layers that the viewer got meanwhile. */
    play: (seconds: number, layers: readonly LayerId[]): ReadonlySet<LayerId> => {
      sent.length = 0;
      for (let ms = 0; ms < seconds * 1_000; ms += FRAME_MS) {
        for (const layer of layers) publication.write(video(clock.nowMs(), layer));
        clock.advanceMs(FRAME_MS);
        tell();
      }
      return new Set(sent);
    },
    reconnect: () => {
      publication.end();
      clock.advanceMs(2_000);
      publication = publish();
    },
  };
}

it('a viewer who was brought down stays there when the publisher takes the larger layer back, and when it connects again', () => {
  const stage = open();
  stage.play(2, ['high', 'low']);
  stage.watch();
  expect(stage.play(2, ['high', 'low'])).toEqual(new Set(['high', 'low']));
  const seen = [stage.play(2, ['high', 'low']), stage.play(5, ['low']), stage.play(5, ['high', 'low'])];
  stage.reconnect();
  // Its first picture is of whatever layer is there first.
  stage.play(FRAME_MS / 1_000, ['high', 'low']);
  seen.push(stage.play(5, ['high', 'low']));
  expect(seen).toEqual(Array.from(seen, () => new Set(['low'])));
});
