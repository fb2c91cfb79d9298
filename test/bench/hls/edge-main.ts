/** An edge of its own for `bench hls`, which says when each part came to be: `720p 1790000000 3 1790000000123456`. `node edge-main.ts`; ends with its standard input. */
import { TrackServer } from '#edge-relay/hls/track-server.ts';
import { COURSE, startEdge } from '#edge-relay/testing/edge.ts';

const notify = Reflect.get<TrackServer, 'notify'>(TrackServer.prototype, 'notify');
TrackServer.prototype.notify = function (this: TrackServer): void {
  const { track, report } = this;
  // From here on it can be had: what follows is the way to the player.
  if (report !== null) process.stdout.write(`${track.id} ${report.msn} ${report.part} ${Math.round((performance.timeOrigin + performance.now()) * 1_000)}\n`);
  notify.call(this);
};
// Who listened may have gone first.
process.stdout.on('error', () => undefined);
const edge = await startEdge({ loadTest: true });
await edge.admin('PUT', 'courses/light', COURSE);
const { amy } = await edge.seed();
const publishToken = edge.token({ scope: 'publish', room: 'room-1', sub: 'box-1', exp: Math.floor(Date.now() / 1000) + 3_600 });
console.log(JSON.stringify({ url: edge.url, publishToken, session: amy }));
process.stdin.resume().once('close', () => void edge.stop().then(() => process.exit()));
