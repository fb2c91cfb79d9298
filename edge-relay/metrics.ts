/** What this edge tells Prometheus beyond its process's own figures. */
import { Gauge, type Registry } from 'prom-client';
import type { RoomState } from './contract/operations.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import type { Drain } from './operations/drain.ts';
import { rankOf } from './operations/load.ts';
import type { LoadMeter } from './operations/load-meter.ts';
import type { Operations } from './operations/operations.ts';
import type { Turnstile } from './operations/turnstile.ts';
import type { RoomBus } from './rooms/room-bus.ts';
import type { RoomOutputs } from './room-outputs.ts';
import type { Places } from './access/places.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';

export interface Measured {
  readonly bus: RoomBus;
  readonly outputs: RoomOutputs;
  readonly places: Places;
  readonly people: () => number;
  readonly webrtc: Pick<WebRtcEndpoint, 'peers'>;
  readonly operations: Operations;
  readonly meter: LoadMeter;
  readonly drain: Drain;
  readonly turnstile: Pick<Turnstile, 'waiting'>;
}

type AddGauge = (name: string, help: string, value: () => number) => void;

export function edgeMetrics(measured: Measured): Registry {
  const registry = createMetrics('edge');
  const gauge: AddGauge = (name, help, value) => {
    new Gauge({ name, help, registers: [registry], collect() { this.set(value()); } });
  };
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const rooms = () => measured.bus.all();
  gauge('edge_publishers', 'Rooms that somebody publishes to', () => rooms().filter(({ publisher }) => publisher !== null).length);
  gauge('edge_publishers_awaited', 'Rooms that are kept for a publisher whose connection broke', () => rooms().filter(({ awaited }) => awaited !== null).length);
  gauge('edge_rooms_live', 'Rooms with media in the last 3 s', () => rooms().filter(({ live }) => live).length);
  gauge('edge_viewers_webrtc', 'WebRTC viewers, boxes\' return pictures included', () => sum(measured.outputs.all().map(({ fanOut }) => fanOut.size)));
  gauge('edge_frames_left_out', 'Pictures not sent to the WebRTC viewers of now because they would have left too late', () => sum(measured.webrtc.peers().map((peer) => peer.stats().framesLeftOut)));
  gauge('edge_viewers_hls', 'Playback tokens whose HLS playlists were asked for in the last 10 s, or 40 s by a cache in front', () => measured.places.fading(Date.now()));
  const flv = () => measured.outputs.all().map((outputs) => outputs.flv);
  gauge('edge_viewers_flv', 'HTTP-FLV viewers', () => sum(flv().map((room) => room.sizeOf('flv'))));
  gauge('edge_viewers_rtmp', 'RTMP players', () => sum(flv().map((room) => room.sizeOf('rtmp'))));
  gauge('edge_flv_queued_bytes', 'Bytes that wait for HTTP-FLV viewers and RTMP players to read', () => sum(flv().map(({ queuedBytes }) => queuedBytes)));
  gauge('edge_flv_pictures_left_out', 'Pictures not sent to HTTP-FLV viewers who were behind, since the start', () => sum(flv().map(({ figures }) => figures.picturesLeftOut)));
  gauge('edge_flv_viewers_let_go', 'HTTP-FLV viewers disconnected because they read nothing, since the start', () => sum(flv().map(({ figures }) => figures.letGo)));
  gauge('edge_attendants', 'Open event sockets that have said hello', () => measured.people());
  gauge('edge_ingest_packets', 'Media packets received since the start', () => sum(rooms().map((room) => room.ingest().packets)));
  gauge('edge_ingest_bytes', 'Media bytes received since the start', () => sum(rooms().map((room) => room.ingest().bytes)));
  gauge('edge_gop_cache_bytes', 'Bytes held for viewers who join', () => sum(rooms().flatMap((room) => room.layers().map(({ gop }) => gop.bytes))));
  nodeMetrics(gauge, measured);
  sentMetrics(gauge, measured);
  roomMetrics(registry, measured);
  return registry;
}

function nodeMetrics(gauge: AddGauge, { meter, drain, turnstile }: Measured): void {
  gauge('edge_load_level', 'How much is left: 0 normal, 1 busy (new WebRTC viewers go to LL-HLS), 2 full (nobody new)', () => rankOf(meter.load.level));
  gauge('edge_loop_delay_seconds', 'How late the event loop was over the last second, mean', () => meter.figures.loopDelayMs / 1_000);
  gauge('edge_loop_share', 'Share of the last second that JavaScript was at work', () => meter.figures.loopShare);
  gauge('edge_cpu_share', 'Share of all processors that this process may use, over the last second', () => meter.figures.cpuShare);
  gauge('edge_pump_wait_seconds', 'How long what was handed to the pump has waited to leave', () => meter.figures.pumpWaitMs / 1_000);
  gauge('edge_peers_share', 'WebRTC connections, of the most that are taken', () => meter.figures.peersShare);
  gauge('edge_memory_share', 'Resident memory, of what this process may use', () => meter.figures.memoryShare);
  gauge('edge_newcomers_waiting', 'WebRTC viewers whose turn to come in has not come yet', () => turnstile.waiting);
  gauge('edge_draining', 'Whether this edge is being emptied', () => (drain.draining === null ? 0 : 1));
}

function sentMetrics(gauge: AddGauge, { operations }: Measured): void {
  gauge('edge_pump_packets', 'Packets sent to WebRTC viewers since the start', () => operations.sent.packets);
  gauge('edge_pump_bytes', 'Bytes sent to WebRTC viewers since the start', () => operations.sent.bytes);
  gauge('edge_pump_packets_overflowed', 'Packets that found the pump\'s queue full, since the start', () => operations.sent.overflowed);
  gauge('edge_pump_packets_refused', 'Packets that the kernel did not take or that were too long, since the start', () => operations.sent.refused);
  gauge('edge_datagrams_dropped', 'Datagrams that came and belonged to nobody or could not be read, since the start', () => operations.sent.datagramsDropped);
}

type Lines<T> = (name: string, help: string, value: (one: T) => number) => void;
type Layer = RoomState['tracks']['video'][number];

/** One line a room that was published to since the start, and one for each layer that it has now. */
function roomMetrics(registry: Registry, { operations }: Measured): void {
  const collectors: ((rooms: readonly RoomState[]) => void)[] = [];
  const perRoom: Lines<RoomState> = (name, help, value) => {
    const gauge = new Gauge({ name, help, labelNames: ['room'], registers: [registry] });
    collectors.push((rooms) => {
      for (const room of rooms) gauge.set({ room: room.room }, value(room));
    });
  };
  const perLayer: Lines<Layer> = (name, help, value) => {
    const gauge = new Gauge({ name, help, labelNames: ['room', 'layer'], registers: [registry] });
    collectors.push((rooms) => {
      gauge.reset();
      for (const { room, tracks } of rooms) for (const layer of tracks.video) gauge.set({ room, layer: layer.id }, value(layer));
    });
  };
  // Collected first, and for all: whoever watches is counted once a scrape.
  new Gauge({
    name: 'edge_rooms', help: 'Rooms that were published to since the start', registers: [registry],
    collect() {
      const rooms = operations.rooms();
      this.set(rooms.length);
      for (const collect of collectors) collect(rooms);
    },
  });
  roomLines(perRoom);
  layerLines(perLayer);
}

function roomLines(perRoom: Lines<RoomState>): void {
  perRoom('edge_room_live', 'Whether media came in the last 3 s', ({ live }) => (live ? 1 : 0));
  perRoom('edge_room_viewers_webrtc', 'Students who watch by WebRTC', ({ viewers }) => viewers.whep);
  perRoom('edge_room_viewers_hls', 'Students who watch by LL-HLS', ({ viewers }) => viewers.hls);
  perRoom('edge_room_viewers_flv', 'Students who watch by HTTP-FLV', ({ viewers }) => viewers.flv);
  perRoom('edge_room_viewers_rtmp', 'Students who watch by RTMP', ({ viewers }) => viewers.rtmp);
  perRoom('edge_room_freezes', 'Freezes that the pages of those who watch now report', ({ freezes }) => freezes);
  perRoom('edge_room_stalled_seconds', 'Seconds of stalled picture that the pages of those who watch now report', ({ stalledSeconds }) => stalledSeconds);
  perRoom('edge_room_publisher', 'Whether somebody publishes', ({ publisher }) => (publisher === null ? 0 : 1));
  perRoom('edge_room_publisher_awaited', 'Whether the room is kept for a publisher whose connection broke', ({ awaited }) => (awaited === null ? 0 : 1));
  perRoom('edge_room_ingest_bytes', 'Media bytes received since the start', ({ ingest }) => ingest.bytes);
  perRoom('edge_room_ingest_packets', 'Media packets received since the start', ({ ingest }) => ingest.packets);
  perRoom('edge_room_ingest_delay_seconds', 'Capture to arrival over the last 2 s, median', ({ ingest }) => ingest.delayMs / 1_000);
  perRoom('edge_room_layers', 'Renditions that come in', ({ tracks }) => tracks.video.length);
  perRoom('edge_room_sounds', 'Forms of the sound, those made here included', ({ tracks }) => tracks.audio.length);
  perRoom('edge_room_packet_history_packets', 'Packets that WebRTC viewers may ask for again', ({ packetHistory }) => packetHistory.packets);
  perRoom('edge_room_packet_history_bytes', 'Bytes of payload in them', ({ packetHistory }) => packetHistory.bytes);
  perRoom('edge_room_dvr_seconds', 'How far back LL-HLS players can go', ({ dvr }) => dvr.seconds);
  perRoom('edge_room_dvr_bytes', 'What LL-HLS holds in memory, all tracks', ({ dvr }) => dvr.bytes);
}

function layerLines(perLayer: Lines<Layer>): void {
  perLayer('edge_layer_bitrate_kbps', 'What came in of the layer over the last 2 s', ({ bitrateKbps }) => bitrateKbps);
  perLayer('edge_layer_fps', 'Pictures a second that came in over the last 2 s', ({ fps }) => fps);
  perLayer('edge_layer_width', 'Width of its picture', ({ width }) => width);
  perLayer('edge_layer_height', 'Height of its picture', ({ height }) => height);
  perLayer('edge_layer_gop_cache_bytes', 'Held of it for viewers who join', ({ gopCache }) => gopCache.bytes);
  perLayer('edge_layer_gop_cache_seconds', 'Time from the last keyframe that is held to its newest picture', ({ gopCache }) => gopCache.ms / 1_000);
}
