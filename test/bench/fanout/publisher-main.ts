/** A class sent to an edge by the box's own uplink: 720p and sound, 1.5 Mbps. `node publisher-main.ts EDGE_URL TOKEN`; ends with its standard input. */
import { PacketBus } from '#appliance/bus/packet-bus.ts';
import { Uplink } from '#appliance/uplink/uplink.ts';
import { uplinkWays } from '#appliance/uplink/ways.ts';
import { systemClock } from '#kit/media/clock.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import { encodeClass, playClass } from '../../faults/encoded-class.ts';

const LAYER = { id: '720p', size: '1280x720', kbps: 1330 };
const TICK_MS = 100;

const [url = '', token = ''] = process.argv.slice(2);
const log = createLog('publisher');
log.level = 'silent';
const bus = new PacketBus(log);
const clock = systemClock();
const webrtc = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
const target = { whip: `${url}/whip/room-1`, rtmp: '', api: '', token };
const uplink = new Uplink({ open: uplinkWays({ webrtc, bus, rids: [LAYER.id], clock }), target: () => target, clock, log });
playClass(bus, await encodeClass([LAYER]));
setInterval(() => uplink.tick(), TICK_MS);
uplink.begin();
process.stdin.resume().once('close', () => process.exit());
