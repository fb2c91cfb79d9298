/**
 * A class sent to an edge by the box's own uplink: 720p and sound, 1.5 Mbps. `node publisher-main.ts EDGE_URL TOKEN`; ends with its standard input. Says when the
 * last packet of each frame left: `video 1790000000 1790000000123456`, the RTP timestamp and µs since 1970.
 */
import { PacketBus } from '#appliance/bus/packet-bus.ts';
import { Uplink } from '#appliance/uplink/uplink.ts';
import { uplinkWays } from '#appliance/uplink/ways.ts';
import { systemClock } from '#kit/media/clock.ts';
import { createLog } from '#kit/process/log.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import { bindUdp, type BindUdp } from '#kit/webrtc/udp-socket.ts';
import { encodeClass, playClass } from '../../faults/encoded-class.ts';

const LAYER = { id: '720p', size: '1280x720', kbps: 1330 };
const TICK_MS = 100;
/** First two bytes of RTP version 2: the payload types of our own offers, pictures with the marker of their last packet. */
const LAST_OF = new Map<number, string>([[0x80 | 102, 'video'], [111, 'audio']]);

const [url = '', token = ''] = process.argv.slice(2);
const log = createLog('publisher');
log.level = 'silent';
const bus = new PacketBus(log);
const clock = systemClock();
const bind: BindUdp = async (...args) => {
  const socket = await bindUdp(...args);
  const send: typeof socket.send = (datagram, to) => {
    socket.send(datagram, to);
    const kind = (datagram[0] ?? 0) >> 6 === 2 ? LAST_OF.get(datagram[1] ?? 0) : undefined;
    if (kind !== undefined) process.stdout.write(`${kind} ${datagram.readUInt32BE(4)} ${Math.round((performance.timeOrigin + performance.now()) * 1_000)}\n`);
  };
  return { port: socket.port, send, close: () => socket.close() };
};
const webrtc = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], bind });
const target = { whip: `${url}/whip/room-1`, rtmp: '', api: '', token };
const uplink = new Uplink({ open: uplinkWays({ webrtc, bus, rids: [LAYER.id], clock }), target: () => target, clock, log });
playClass(bus, await encodeClass([LAYER]));
setInterval(() => uplink.tick(), TICK_MS);
uplink.begin();
process.stdin.resume().once('close', () => process.exit());
