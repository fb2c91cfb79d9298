/** An edge of its own for `bench flv`, in a process whose processor time is its own; ends with its standard input. */
import { startEdge, until } from '#edge-relay/testing/edge.ts';

const edge = await startEdge({ loadTest: true });
const { amy } = await edge.seed();
const { flv } = (await edge.playback(amy)).json as { flv: string };
await until(() => edge.ports.rtmp() !== null);
const key = edge.token({ scope: 'publish', room: 'room-1', sub: 'encoder', exp: Math.floor(Date.now() / 1000) + 3_600 });
const { pathname, search } = new URL(flv);
console.log(JSON.stringify({ publish: `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/room-1?key=${key}`, port: edge.ports.http, target: `${pathname}${search}` }));
process.stdin.resume().once('close', () => void edge.stop().then(() => process.exit()));
