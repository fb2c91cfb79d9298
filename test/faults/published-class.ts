import { PacketBus } from '#appliance/bus/packet-bus.ts';
import { Uplink } from '#appliance/uplink/uplink.ts';
import { uplinkWays } from '#appliance/uplink/ways.ts';
import { RoomInfo } from '#edge-relay/contract/api.ts';
import { type TestEdge, until } from '#edge-relay/testing/edge.ts';
import { systemClock } from '#kit/media/clock.ts';
import { checker } from '#kit/process/check.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { encodeClass, playClass, type EncodedLayer } from './encoded-class.ts';

const asRoomInfo = checker(RoomInfo, 'bad_room_info');

/** Real encoder packets through the box's real uplink into a room of an edge. */
export interface PublishedClass {
  readonly uplink: Uplink;
  /** What the edge has of the room. */
  ingest(): Promise<{ readonly live: boolean; readonly layers: readonly string[]; readonly kbps: number }>;
  close(): Promise<void>;
}

/** Comes back when the edge has every layer of it, in room 1. */
export async function publishClass(edge: TestEdge, ladder: readonly EncodedLayer[]): Promise<PublishedClass> {
  const sample = await encodeClass(ladder);
  const box = await localEndpoint();
  const log = createLog('published-class');
  log.level = process.env['STAGE_LOG'] ?? 'silent';
  const bus = new PacketBus(log);
  const clock = systemClock();
  const target = { whip: `${edge.url}/whip/room-1`, rtmp: `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 9}/live/room-1`, api: '', token: edge.token({ scope: 'publish', room: 'room-1', sub: 'box-1', exp: Math.floor(Date.now() / 1000) + 3_600 }) };
  const uplink = new Uplink({ open: uplinkWays({ webrtc: box, bus, rids: ladder.map(({ id }) => id), clock }), target: () => target, clock, log });
  const playing = playClass(bus, sample);
  const ticking = setInterval(() => uplink.tick(), 100);
  uplink.begin();
  const ingest = () => ingestOf(edge);
  await until(async () => (await ingest()).layers.length === ladder.length);
  return {
    uplink, ingest,
    close: async () => {
      await uplink.end();
      clearInterval(ticking);
      clearInterval(playing);
      await box.close();
    },
  };
}

export function localEndpoint(): Promise<WebRtcEndpoint> {
  return openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
}

async function ingestOf(edge: TestEdge) {
  const { text } = await edge.call('GET', '/api/rooms/room-1', { bearer: edge.publishKey('room-1') });
  const { live, ingest } = asRoomInfo(JSON.parse(text));
  const layers = ingest?.layers ?? [];
  return { live, layers: layers.map(({ id }) => id), kbps: layers.reduce((sum, { bitrateKbps }) => sum + bitrateKbps, 0) };
}
