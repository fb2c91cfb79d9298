/** An edge of its own for `bench fanout`, in a process whose processor time is its own. `node edge-main.ts native|typescript`; ends with its standard input. */
import { COURSE, startEdge } from '#edge-relay/testing/edge.ts';

const [pump] = process.argv.slice(2);
const edge = await startEdge({ loadTest: true, pump: pump === 'typescript' ? 'typescript' : 'native' });
await edge.admin('PUT', 'courses/light', COURSE);
const { amy } = await edge.seed();
const publishToken = edge.token({ scope: 'publish', room: 'room-1', sub: 'box-1', exp: Math.floor(Date.now() / 1000) + 3_600 });
const { token } = (await edge.playback(amy)).json as { token: string };
console.log(JSON.stringify({ url: edge.url, udpPort: edge.ports.webrtc, publishToken, watchToken: token }));
process.stdin.resume().once('close', () => void edge.stop().then(() => process.exit()));
