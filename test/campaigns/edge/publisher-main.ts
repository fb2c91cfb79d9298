/**
 * A class sent to an edge by the box's own uplink, small pictures and sound. `node publisher-main.ts EDGE_URL ROOM TOKEN`; ends with its standard input. A
 * line `replay` has it send what it sent last once more, ten times over, and say how many packets that were.
 */
import { createInterface } from 'node:readline';
import { PacketBus } from '#appliance/bus/packet-bus.ts';
import { Uplink } from '#appliance/uplink/uplink.ts';
import { uplinkWays } from '#appliance/uplink/ways.ts';
import { systemClock } from '#kit/media/clock.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import { encodeClass, playClass } from '../../faults/encoded-class.ts';
import { Recorder } from './recorder.ts';

const LAYER = { id: '360p', size: '640x360', kbps: 300 };
const TICK_MS = 100;
const REPLAYS = 10;

const [url = '', room = '', token = ''] = process.argv.slice(2);
const log = createLog('publisher');
log.level = 'silent';
const bus = new PacketBus(log);
const clock = systemClock();
const recorder = new Recorder();
const webrtc = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], bind: recorder.bind });
const target = { whip: `${url}/whip/${room}`, rtmp: '', api: '', token };
const uplink = new Uplink({ open: uplinkWays({ webrtc, bus, rids: [LAYER.id], clock }), target: () => target, clock, log });
playClass(bus, await encodeClass([LAYER]));
setInterval(() => uplink.tick(), TICK_MS);
uplink.begin();
createInterface({ input: process.stdin })
  .on('line', () => console.log(JSON.stringify({ replayed: recorder.replay(REPLAYS) })))
  .once('close', () => process.exit());
