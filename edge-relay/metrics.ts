/** What this edge tells Prometheus beyond its process's own figures. */
import { Gauge, type Registry } from 'prom-client';
import { createMetrics } from '#kit/process/metrics.ts';
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
}

export function edgeMetrics(measured: Measured): Registry {
  const registry = createMetrics('edge');
  const gauge = (name: string, help: string, value: () => number): void => {
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
  return registry;
}
