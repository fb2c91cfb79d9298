/** What this edge tells Prometheus beyond its process's own figures. */
import { Gauge, type Registry } from 'prom-client';
import type { Node } from './contract/operations.ts';
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
  gauge('edge_publishers', 'Rooms that somebody publishes to', () => rooms().filter(({ owner }) => owner !== null).length);
  gauge('edge_rooms_live', 'Rooms with media in the last 3 s', () => rooms().filter(({ live }) => live).length);
  gauge('edge_viewers_webrtc', 'WebRTC viewers, boxes\' return pictures included', () => sum(measured.outputs.all().map(({ fanOut }) => fanOut.size)));
  gauge('edge_frames_left_out', 'Pictures not sent to the WebRTC viewers of now because they would have left too late', () => sum(measured.webrtc.peers().map((peer) => peer.stats().framesLeftOut)));
  gauge('edge_viewers_hls', 'Playback tokens whose HLS playlists were asked for in the last 10 s, or 40 s by a cache in front', () => measured.places.fading(Date.now()));
  const flv = () => measured.outputs.all().map((outputs) => outputs.flv);
  gauge('edge_viewers_flv', 'HTTP-FLV viewers', () => sum(flv().map(({ size }) => size)));
  gauge('edge_flv_queued_bytes', 'Bytes that wait for HTTP-FLV viewers to read', () => sum(flv().map(({ queuedBytes }) => queuedBytes)));
  gauge('edge_flv_pictures_left_out', 'Pictures not sent to HTTP-FLV viewers who were behind, since the start', () => sum(flv().map(({ figures }) => figures.picturesLeftOut)));
  gauge('edge_flv_viewers_let_go', 'HTTP-FLV viewers disconnected because they read nothing, since the start', () => sum(flv().map(({ figures }) => figures.letGo)));
  gauge('edge_attendants', 'Open event sockets that have said hello', () => measured.people());
  gauge('edge_ingest_packets', 'Media packets received since the start', () => sum(rooms().map((room) => room.ingest().packets)));
  gauge('edge_ingest_bytes', 'Media bytes received since the start', () => sum(rooms().map((room) => room.ingest().bytes)));
  gauge('edge_gop_cache_bytes', 'Bytes held for viewers who join', () => sum(rooms().flatMap((room) => room.layers().map(({ gop }) => gop.bytes))));
  nodeMetrics(gauge, measured);
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

type Told = Node['rooms'][number];

/** One line a room that was published to since the start. */
function roomMetrics(registry: Registry, { bus, operations }: Measured): void {
  const gauges: { readonly gauge: Gauge; readonly value: (room: Told) => number }[] = [];
  const perRoom = (name: string, help: string, value: (room: Told) => number): void => {
    gauges.push({ gauge: new Gauge({ name, help, labelNames: ['room'], registers: [registry] }), value });
  };
  // Collected first, and for all: whoever watches is counted once a scrape.
  new Gauge({
    name: 'edge_rooms', help: 'Rooms that were published to since the start', registers: [registry],
    collect() {
      const rooms = operations.rooms();
      this.set(rooms.length);
      for (const { gauge, value } of gauges) for (const room of rooms) gauge.set({ room: room.room }, value(room));
    },
  });
  perRoom('edge_room_live', 'Whether media came in the last 3 s', ({ live }) => (live ? 1 : 0));
  perRoom('edge_room_viewers_webrtc', 'Students who watch by WebRTC', ({ viewers }) => viewers.whep);
  perRoom('edge_room_viewers_hls', 'Students who watch by LL-HLS', ({ viewers }) => viewers.hls);
  perRoom('edge_room_viewers_flv', 'Students who watch by HTTP-FLV', ({ viewers }) => viewers.flv);
  perRoom('edge_room_freezes', 'Freezes that the pages of those who watch now report', ({ freezes }) => freezes);
  perRoom('edge_room_stalled_seconds', 'Seconds of stalled picture that the pages of those who watch now report', ({ stalledSeconds }) => stalledSeconds);
  perRoom('edge_room_ingest_bytes', 'Media bytes received since the start', ({ room }) => bus.find(room)?.ingest().bytes ?? 0);
}
