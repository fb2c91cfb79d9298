import { CodedError } from '#kit/process/errors.ts';
import type { HealthPoint } from '../contract/console.ts';
import type { HealthReport } from '../contract/enrolment.ts';
import type { Issued } from '#kit/process/certificates.ts';
import type { Db } from './database.ts';

export interface Box {
  readonly box: string;
  /** Null once revoked. */
  readonly room: string | null;
  readonly serial: string;
  readonly model: string;
  readonly claimedAtMs: number;
  readonly revokedAtMs: number | null;
  readonly certificate: string;
  readonly certificateExpiresAtMs: number;
  readonly lastSeenAtMs: number | null;
  readonly health: HealthReport | null;
}

/** A box that is nobody any more. */
export interface Revoked {
  readonly box: string;
  readonly revokedAtMs: number;
}

export interface Boxes {
  get(box: string): Box | null;
  ofRoom(room: string): Box | null;
  add(box: { box: string; room: string; serial: string; model: string; claimedAtMs: number }, issued: Issued): void;
  renewCertificate(box: string, issued: Issued): void;
  /** From this moment on the box is nobody: its room is free for another. */
  revoke(box: string, atMs: number): void;
  /**
   * Rooms in which the machine stood before, as boxes that were revoked within the last half year; the newest first, sixteen at most. A box says its
   * serial number itself, before somebody claims it by the code on its screen: of a number that two boxes in use have, nothing is known.
   */
  earlierRooms(box: Pick<Box, 'box' | 'serial'>, nowMs: number): readonly string[];
  /** Those that were revoked since then. */
  revokedSince(ms: number): readonly Revoked[];
  /** What alone makes a box be seen: an agent may ask for its room while the appliance beside it hangs. */
  report(box: Box & { room: string }, health: HealthReport, atMs: number): void;
  /** The newest, oldest first. */
  history(room: string): HealthPoint[];
}

/** A box keeps what it could not send until somebody needs the disk. */
const EARLIER_KEPT_MS = 180 * 86_400_000;
const HISTORY_STEP_MS = 60_000;
const HISTORY_KEPT_MS = 7 * 86_400_000;
/** Six hours and more. A page asks every few seconds: the whole week would be megabytes each time. */
const HISTORY_SHOWN = 400;

interface Row {
  readonly box: string;
  readonly room: string | null;
  readonly serial: string;
  readonly model: string;
  readonly claimed_at: number;
  readonly revoked_at: number | null;
  readonly certificate: string;
  readonly certificate_expires_at: number;
  readonly last_seen_at: number | null;
  readonly health: string | null;
}

export function createBoxes(db: Db): Boxes {
  const get = db.prepare<[string], Row>('SELECT * FROM boxes WHERE box = ?');
  const ofRoom = db.prepare<[string], Row>('SELECT * FROM boxes WHERE room = ?');
  const add = db.prepare(
    `INSERT INTO boxes (box, room, serial, model, claimed_at, certificate, certificate_expires_at)
     VALUES (@box, @room, @serial, @model, @claimedAtMs, @certificatePem, @expiresAtMs)`,
  );
  const renew = db.prepare('UPDATE boxes SET certificate = ?, certificate_expires_at = ? WHERE box = ?');
  const revoke = db.prepare('UPDATE boxes SET revoked_at = ?, last_room = room, room = NULL WHERE box = ?');
  const earlierRooms = db.prepare<[{ box: string; serial: string; since: number }], { last_room: string }>(
    `SELECT last_room FROM boxes WHERE serial = @serial AND last_room IS NOT NULL AND revoked_at > @since
     AND NOT EXISTS (SELECT 1 FROM boxes WHERE serial = @serial AND box <> @box AND revoked_at IS NULL)
     GROUP BY last_room ORDER BY max(revoked_at) DESC LIMIT 16`,
  );
  const revokedSince = db.prepare<[number], Revoked>('SELECT box, revoked_at AS revokedAtMs FROM boxes WHERE revoked_at > ? ORDER BY revoked_at');
  const report = db.prepare('UPDATE boxes SET last_seen_at = ?, health = ? WHERE box = ?');
  const lastPoint = db.prepare<[string], { at: number; point: string }>('SELECT at, point FROM health_history WHERE room = ? ORDER BY at DESC LIMIT 1');
  const addPoint = db.prepare('INSERT OR REPLACE INTO health_history VALUES (?, ?, ?)');
  const prunePoints = db.prepare('DELETE FROM health_history WHERE room = ? AND at < ?');
  const points = db.prepare<[string, number], { point: string }>('SELECT point FROM health_history WHERE room = ? ORDER BY at DESC LIMIT ?');
  return {
    get: (box) => boxOf(get.get(box)),
    ofRoom: (room) => boxOf(ofRoom.get(room)),
    add(box, issued) {
      try {
        add.run({ ...box, certificatePem: issued.certificatePem, expiresAtMs: issued.expiresAtMs });
      } catch (cause) {
        if (cause instanceof Error && cause.message.includes('boxes.room')) throw roomHasBox(box.room);
        throw cause;
      }
    },
    renewCertificate: (box, issued) => void renew.run(issued.certificatePem, issued.expiresAtMs, box),
    revoke: (box, atMs) => void revoke.run(atMs, box),
    earlierRooms: ({ box, serial }, nowMs) => earlierRooms.all({ box, serial, since: nowMs - EARLIER_KEPT_MS }).map((row) => row.last_room),
    revokedSince: (ms) => revokedSince.all(ms),
    report: db.transaction((box: Box & { room: string }, health: HealthReport, atMs: number) => {
      report.run(atMs, JSON.stringify(health), box.box);
      const last = lastPoint.get(box.room);
      if (last && !deservesPoint(JSON.parse(last.point) as HealthPoint, last.at, health, atMs)) return;
      addPoint.run(box.room, atMs, JSON.stringify(pointOf(health)));
      prunePoints.run(box.room, atMs - HISTORY_KEPT_MS);
    }),
    history: (room) => points.all(room, HISTORY_SHOWN).map(({ point }) => JSON.parse(point) as HealthPoint).toReversed(),
  };
}

export function roomHasBox(room: string): CodedError {
  return new CodedError('room_has_box', `${room} already has a box. Remove that box first, or choose another room.`, { status: 409 });
}

function deservesPoint(last: HealthPoint, lastAtMs: number, health: HealthReport, atMs: number): boolean {
  return atMs - lastAtMs >= HISTORY_STEP_MS || last.phase !== health.state.lesson.phase;
}

function pointOf({ at, state, machine }: HealthReport): HealthPoint {
  const { cpuPercent, memoryFreeBytes, diskFreeBytes, temperatureC } = machine;
  return {
    at, phase: state.lesson.phase, recording: state.recording.active, sending: state.stream.sending, viewers: state.stream.viewers,
    fps: state.encoder.fps, pendingBytes: state.cloud.pendingBytes, cpuPercent, memoryFreeBytes, diskFreeBytes, temperatureC,
  };
}

function boxOf(row: Row | undefined): Box | null {
  if (!row) return null;
  const { box, room, serial, model, certificate } = row;
  return {
    box, room, serial, model, certificate,
    claimedAtMs: row.claimed_at, revokedAtMs: row.revoked_at, certificateExpiresAtMs: row.certificate_expires_at,
    lastSeenAtMs: row.last_seen_at, health: row.health === null ? null : (JSON.parse(row.health) as HealthReport),
  };
}
