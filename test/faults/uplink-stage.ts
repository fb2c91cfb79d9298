import { PacketBus } from '#appliance/bus/packet-bus.ts';
import { Uplink } from '#appliance/uplink/uplink.ts';
import { uplinkWays } from '#appliance/uplink/ways.ts';
import { RoomInfo } from '#edge-relay/contract/api.ts';
import { startEdge, type TestEdge, until } from '#edge-relay/testing/edge.ts';
import { systemClock } from '#kit/media/clock.ts';
import { checker } from '#kit/process/check.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { encodeClass, playClass } from './encoded-class.ts';
import { PictureWatch } from './picture-watch.ts';
import { UdpFaults } from './udp-faults.ts';

const asRoomInfo = checker(RoomInfo, 'bad_room_info');
/** The encoder begins with a full buffer, which counts in four seconds: told so, these come to 2,500 and 600 kbps. */
const LADDER = [
  { id: '720p', size: '1280x720', kbps: 2300 },
  { id: '360p', size: '640x360', kbps: 545 },
] as const;

/** Real encoder packets through the real uplink, over a line with faults, into a real edge, and out to a viewer of the edge. */
export interface UplinkStage {
  readonly line: UdpFaults;
  readonly uplink: Uplink;
  readonly edge: TestEdge;
  readonly watch: PictureWatch;
  /** What the edge has of the room. */
  ingest(): Promise<{ readonly live: boolean; readonly layers: readonly string[]; readonly kbps: number }>;
  close(): Promise<void>;
}

export async function openUplinkStage(seed = 1): Promise<UplinkStage> {
  const sample = await encodeClass(LADDER);
  const line = await UdpFaults.open(seed);
  const edge = await startEdge({ webrtc: { host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1', port: line.port }], iceTcp: { port: 0 } } });
  line.target(edge.ports.webrtc);
  const { amy } = await edge.seed();
  const [box, player] = [await localEndpoint(), await localEndpoint()];
  const log = createLog('uplink-stage');
  log.level = process.env['STAGE_LOG'] ?? 'silent';
  const bus = new PacketBus(log);
  const clock = systemClock();
  const target = { whip: `${edge.url}/whip/room-1`, rtmp: `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 9}/live/room-1`, api: '', token: edge.token({ scope: 'publish', room: 'room-1', sub: 'box-1', exp: Math.floor(Date.now() / 1000) + 3_600 }) };
  const rids = LADDER.map(({ id }) => id);
  const uplink = new Uplink({ open: uplinkWays({ webrtc: box, bus, rids, clock }), target: () => target, clock, log });
  const playing = playClass(bus, sample);
  const ticking = setInterval(() => uplink.tick(), 100);
  uplink.begin();
  const ingest = () => ingestOf(edge);
  await until(async () => (await ingest()).layers.length === rids.length);
  const watch = await watchRoom(edge, player, line.port, amy);
  return {
    line, uplink, edge, watch, ingest,
    close: async () => {
      await uplink.end();
      clearInterval(ticking);
      clearInterval(playing);
      await Promise.all([box.close(), player.close()]);
      await edge.stop();
      await line.close();
    },
  };
}

function localEndpoint(): Promise<WebRtcEndpoint> {
  return openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
}

async function ingestOf(edge: TestEdge) {
  const { text } = await edge.call('GET', '/api/rooms/room-1', { bearer: edge.publishKey('room-1') });
  const { live, ingest } = asRoomInfo(JSON.parse(text));
  const layers = ingest?.layers ?? [];
  return { live, layers: layers.map(({ id }) => id), kbps: layers.reduce((sum, { bitrateKbps }) => sum + bitrateKbps, 0) };
}

/** A student whose own network is perfect: its way goes round the line. */
async function watchRoom(edge: TestEdge, player: WebRtcEndpoint, linePort: number, session: string): Promise<PictureWatch> {
  const { token } = (await edge.playback(session)).json as { token: string };
  const offer = await player.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42e01f' });
  const answer = await edge.call('POST', '/whep/room-1', { bearer: token, headers: { 'content-type': 'application/sdp' }, body: offer.offerSdp });
  if (answer.status !== 201) throw new Error(`WHEP was answered with ${answer.status}: ${answer.text}`);
  const watch = new PictureWatch();
  offer.peer.on('frame', (frame) => watch.add(frame));
  await offer.setAnswer(answer.text.replaceAll(`127.0.0.1 ${linePort} typ`, `127.0.0.1 ${edge.ports.webrtc} typ`));
  await until(() => watch.frames > 0);
  return watch;
}
