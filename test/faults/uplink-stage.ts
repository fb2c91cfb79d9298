import type { Uplink } from '#appliance/uplink/uplink.ts';
import { startEdge, type TestEdge, until } from '#edge-relay/testing/edge.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { PictureWatch } from './picture-watch.ts';
import { localEndpoint, publishClass, type PublishedClass } from './published-class.ts';
import { UdpFaults } from './udp-faults.ts';

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
  ingest: PublishedClass['ingest'];
  close(): Promise<void>;
}

export async function openUplinkStage(seed = 1): Promise<UplinkStage> {
  const line = await UdpFaults.open(seed);
  const edge = await startEdge({ webrtc: { host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1', port: line.port }], iceTcp: { port: 0 } } });
  line.target(edge.ports.webrtc);
  const { amy } = await edge.seed();
  const player = await localEndpoint();
  const lesson = await publishClass(edge, LADDER);
  const watch = await watchRoom(edge, player, line.port, amy);
  return {
    line, edge, watch, uplink: lesson.uplink,
    ingest: () => lesson.ingest(),
    close: async () => {
      await lesson.close();
      await player.close();
      await edge.stop();
      await line.close();
    },
  };
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
