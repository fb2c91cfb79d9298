import type { SourceState } from '#appliance/contract/state.ts';

/** What the gate saw of one source over the last half second. */
export interface SourceReport {
  /** Frames (or sound blocks of 20 ms) that arrived, a second. */
  readonly fps: number;
  /** Pictures since the last report that reached the gate too late to be shown; left out where none can be. */
  readonly lost?: number;
  /** Since the last one arrived, ms; null when none ever did. */
  readonly ageMs: number | null;
  /** Mean luma of the newest picture, 16 to 235; null for sound. */
  readonly luma: number | null;
  /** Changes when the picture does; null for sound. */
  readonly fingerprint: number | null;
  readonly levelDbfs: number;
  readonly peakDbfs: number;
  /** How fast its clock runs against the program's, parts per million; null or left out where it is not measured. */
  readonly driftPpm?: number | null;
}

export interface SourceStatus {
  readonly kind: SourceState['kind'];
  readonly name: string;
  /** False while a microphone is off on purpose: it is then no fault that nothing arrives. */
  readonly wanted: boolean;
  readonly signal: SourceState['signal'];
  readonly verdict: SourceState['verdict'];
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly levelDbfs: number;
  /** From capture to the gate; null before it was measured. */
  readonly latencyMs: number | null;
  readonly driftPpm: number | null;
  /** Pictures that were lost between the source and the program since the box started. */
  readonly droppedFrames: number;
  /** Why its capture last ended, in FFmpeg's words; empty while it runs. */
  readonly reason: string;
  /** When that was; null before the first end. What came later is of a new life. */
  readonly endedAtMs: number | null;
  readonly reportedAtMs: number;
  readonly fingerprint: number | null;
  readonly darkSinceMs: number | null;
  readonly stillSinceMs: number | null;
  readonly quietSinceMs: number | null;
  readonly clippedAtMs: number | null;
}

export type SourceEvent =
  | { readonly type: 'wanted'; readonly wanted: boolean }
  | { readonly type: 'reported'; readonly atMs: number; readonly report: SourceReport }
  | { readonly type: 'size-known'; readonly width: number; readonly height: number }
  | { readonly type: 'latency-known'; readonly latencyMs: number }
  | { readonly type: 'dropped'; readonly frames: number }
  | { readonly type: 'capture-ended'; readonly reason: string; readonly atMs: number }
  /** The gate that measured it has ended, or says nothing any more. */
  | { readonly type: 'unmeasured'; readonly atMs: number };

const SILENCE_DBFS = -90;
/** A source is lost when nothing came for this long; the slate is on air by then. */
const LOST_AFTER_MS = 500;
/** A shared screen on which nothing moves is sent about once a second. */
const SHARE_LOST_AFTER_MS = 3_000;
/** After a capture's end the gate may still read what it left behind; the next one takes longer to start. */
const LEFT_OVER_MS = 100;
/** Extron alarms on silence after 10 s; a picture is given the same time before it is called black or frozen. */
const DOUBT_AFTER_MS = 10_000;
const BLACK_LUMA = 20;
const QUIET_DBFS = -60;
const CLIP_DBFS = -0.1;
const CLIP_SHOWN_MS = 3_000;

export function newSource(kind: SourceState['kind'], name: string): SourceStatus {
  return {
    kind, name, wanted: true, signal: 'absent', verdict: 'ok', fps: 0, width: 0, height: 0, levelDbfs: SILENCE_DBFS,
    latencyMs: null, driftPpm: null, droppedFrames: 0, reason: '', endedAtMs: null, reportedAtMs: 0,
    fingerprint: null, darkSinceMs: null, stillSinceMs: null, quietSinceMs: null, clippedAtMs: null,
  };
}

export function next(status: SourceStatus, event: SourceEvent): SourceStatus {
  switch (event.type) {
    case 'wanted':
      return event.wanted ? { ...status, wanted: true } : { ...newSource(status.kind, status.name), wanted: false, droppedFrames: status.droppedFrames };
    case 'size-known':
      return { ...status, width: event.width, height: event.height };
    case 'latency-known':
      return { ...status, latencyMs: Math.round(event.latencyMs) };
    case 'dropped':
      return { ...status, droppedFrames: status.droppedFrames + event.frames };
    case 'capture-ended':
      return { ...gone(status, event.atMs), reason: event.reason, endedAtMs: event.atMs };
    case 'unmeasured':
      return gone(status, event.atMs);
    case 'reported':
      return status.wanted ? judge({ ...status, droppedFrames: status.droppedFrames + (event.report.lost ?? 0) }, event.report, event.atMs) : status;
  }
}

function judge(status: SourceStatus, report: SourceReport, atMs: number): SourceStatus {
  const signal = signalOf(report, status, atMs);
  if (signal !== 'ok') return without(signal, status, atMs);
  const still = report.fingerprint !== null && report.fingerprint === status.fingerprint;
  const judged: SourceStatus = {
    ...status,
    signal,
    fps: Math.round(report.fps * 10) / 10,
    levelDbfs: Math.max(SILENCE_DBFS, report.levelDbfs),
    driftPpm: report.driftPpm ?? null,
    reason: '',
    reportedAtMs: atMs,
    fingerprint: report.fingerprint,
    darkSinceMs: since(report.luma !== null && report.luma < BLACK_LUMA, status.darkSinceMs, atMs),
    stillSinceMs: since(still, status.stillSinceMs, atMs),
    quietSinceMs: since(report.fingerprint === null && report.levelDbfs < QUIET_DBFS, status.quietSinceMs, atMs),
    clippedAtMs: report.peakDbfs >= CLIP_DBFS ? atMs : status.clippedAtMs,
  };
  return { ...judged, verdict: verdictOf(judged, atMs) };
}

/** A source that was there is lost; one that never was stays absent. */
function gone(status: SourceStatus, atMs: number): SourceStatus {
  return status.signal === 'ok' ? without('lost', status, atMs) : status;
}

function without(signal: 'lost' | 'absent', status: SourceStatus, atMs: number): SourceStatus {
  return {
    ...status, signal, verdict: 'ok', fps: 0, levelDbfs: SILENCE_DBFS, driftPpm: null, reportedAtMs: atMs,
    darkSinceMs: null, stillSinceMs: null, quietSinceMs: null,
  };
}

function signalOf(report: SourceReport, { kind, signal, endedAtMs }: SourceStatus, atMs: number): SourceState['signal'] {
  if (report.ageMs === null) return signal === 'absent' ? 'absent' : 'lost';
  // The newest that the gate has is of a capture that has ended since.
  if (endedAtMs !== null && atMs - report.ageMs <= endedAtMs + LEFT_OVER_MS) return signal === 'absent' ? 'absent' : 'lost';
  return report.ageMs <= (kind === 'share' ? SHARE_LOST_AFTER_MS : LOST_AFTER_MS) ? 'ok' : 'lost';
}

function since(holds: boolean, before: number | null, atMs: number): number | null {
  return holds ? (before ?? atMs) : null;
}

function verdictOf(status: SourceStatus, atMs: number): SourceState['verdict'] {
  const longerThan = (startMs: number | null): boolean => startMs !== null && atMs - startMs >= DOUBT_AFTER_MS;
  if (longerThan(status.darkSinceMs)) return 'black';
  // Slides stand still by nature; a camera's picture always has noise.
  if (status.kind === 'camera' && longerThan(status.stillSinceMs)) return 'frozen';
  if (status.kind === 'microphone' && longerThan(status.quietSinceMs)) return 'silent';
  if (status.clippedAtMs !== null && atMs - status.clippedAtMs < CLIP_SHOWN_MS) return 'clipping';
  return 'ok';
}

/** What a teacher can do about it; empty when nothing has to be done. */
export function adviceOf(status: SourceStatus): string {
  const { name } = status;
  if (!status.wanted) return '';
  if (status.signal === 'absent') return `${name} has sent nothing yet. Check that it is switched on and plugged in.`;
  if (status.signal === 'lost') return `${name} stopped sending. Check its power and cable; it comes back by itself.`;
  switch (status.verdict) {
    case 'black':
      return `${name} shows a black picture. Check the lens cap, the room's lights or the projected device.`;
    case 'frozen':
      return `${name} shows the same picture all the time. Switch it off and on.`;
    case 'silent':
      return `${name} is silent. Check that it is switched on and not muted.`;
    case 'clipping':
      return `${name} is too loud and distorts. Turn it down or hold it further away.`;
    case 'ok':
      return '';
  }
}

/** Whether the picture has not changed for so long that it is worth a word. */
function isStill({ signal, stillSinceMs, reportedAtMs }: SourceStatus): boolean {
  return signal === 'ok' && stillSinceMs !== null && reportedAtMs - stillSinceMs >= DOUBT_AFTER_MS;
}

/** What is normal and worth knowing all the same; empty where there is nothing to say. */
export function noteOf(status: SourceStatus): string {
  const { name, kind, stillSinceMs, reportedAtMs } = status;
  if (!status.wanted) return `${name} is off: sound is captured for a class only.`;
  if (!isStill(status) || kind === 'camera' || stillSinceMs === null) return '';
  const minutes = Math.floor((reportedAtMs - stillSinceMs) / 60_000);
  const long = minutes === 0 ? 'some seconds' : minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `${name} has shown the same picture for ${long}, as slides do.`;
}

/** The part of the room's state that speaks of this source. */
export function describe(id: string, status: SourceStatus): SourceState {
  const { name, kind, signal, verdict, fps, width, height, levelDbfs, droppedFrames, latencyMs, driftPpm } = status;
  return {
    id, name, kind, signal, verdict, fps, width, height, levelDbfs, advice: adviceOf(status),
    note: noteOf(status), still: isStill(status), droppedFrames, latencyMs, driftPpm,
  };
}
