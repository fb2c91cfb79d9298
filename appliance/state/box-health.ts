import type { Clock } from '#kit/media/clock.ts';
import type { Health } from '#kit/process/http.ts';
import { Gauge, type Registry } from 'prom-client';
import type { State } from '../contract/state.ts';
import type { GateLoad } from '../pipeline/pipeline.ts';

/** Trying encoders, the gate and the sources take a few seconds after a start. */
const WARM_UP_MS = 30_000;

/** Alive while the program is being encoded: everything else is a reason to show, not to restart. */
export function boxHealth(state: () => State, clock: Pick<Clock, 'nowMs'>): () => Health {
  const startedAtMs = clock.nowMs();
  return () => {
    const { encoder, notReady } = state();
    const ok = encoder.fps > 0 || clock.nowMs() - startedAtMs < WARM_UP_MS;
    return { ok, reasons: notReady.map(({ message }) => message) };
  };
}

export interface Measured {
  readonly state: () => State;
  readonly uplink: { facts(): { readonly bytesSent: number }; framesLeftOut(): number };
  readonly load: () => GateLoad;
  /** Written since the start. */
  readonly fragments: () => number;
}

/** The box's own figures beside those of its process. */
export function measureBox(registry: Registry, { state, uplink, load, fragments }: Measured): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({ name: `lectern_${name}`, help, registers: [registry], collect() { this.set(value()); } });
  };
  gauge('recording_bytes', 'Bytes of the running recording on disk', () => state().recording.bytes);
  gauge('recording_proven', '1 while the running recording is proven', () => Number(state().recording.proven));
  gauge('recording_gaps', 'Gaps stated in the running recording', () => state().recording.gaps.length);
  gauge('recording_free_hours', 'Hours of recording that fit on the disk', () => state().recording.freeHours);
  gauge('uplink_bytes', 'Media bytes sent over the present connection', () => uplink.facts().bytesSent);
  gauge('uplink_frames_left_out', 'Pictures that the present connection did not send because they would have left too late', () => uplink.framesLeftOut());
  gauge('uplink_seen_at_edge', '1 while the edge has the class', () => Number(state().stream.seenAtEdge));
  gauge('uplink_delay_ms', 'Capture to arrival at the edge', () => state().stream.delayMs);
  gauge('encoder_fps', 'Frames a second encoded', () => state().encoder.fps);
  gauge('recording_fragments', 'Fragments on disk since the appliance started', fragments);
  gauge('gate_lag_ms', 'The latest that a picture was composed in the last half second', () => load().lateMs);
  gauge('gate_dropped_frames', 'Pictures left out since the gate started because an encoder did not read', () => load().droppedFrames);
  gauge('gate_dropped_samples', 'Samples left out for the same reason', () => load().droppedSamples);
  gauge('encoder_queue_frames', 'Pictures that wait for the encoder', () => load().waitingFrames);
  gauge('health_alarms', 'Alarms that are raised', () => state().health.alarms.length);
  gauge('rehearsal_at_risk', '1 while the last rehearsal found something wrong', () => Number(state().rehearsal.verdict === 'at-risk'));
  gauge('class_running', '1 while a class runs', () => Number(state().lesson.phase !== 'idle'));
  new Gauge({
    name: 'lectern_rendition_kbps', help: 'Measured bit rate of a rendition', labelNames: ['rendition'], registers: [registry],
    collect() {
      for (const { id, bitrateKbps } of state().encoder.renditions) this.set({ rendition: id }, bitrateKbps);
    },
  });
  new Gauge({
    name: 'lectern_source_fps', help: 'Frames a second of a source', labelNames: ['source'], registers: [registry],
    collect() {
      for (const { id, fps } of state().sources) this.set({ source: id }, fps);
    },
  });
}
