import type { Level, Reason, TimetableClass, Verdict } from '../contract/console.ts';
import type { HealthReport } from '../contract/enrolment.ts';
import { boxReasons } from './box-reasons.ts';
import { endOf, startOf } from './timetable.ts';
import { reason, weighed } from './weighing.ts';

export interface RoomFacts {
  readonly nowMs: number;
  readonly hasBox: boolean;
  readonly online: boolean;
  readonly lastSeenAtMs: number | null;
  readonly health: HealthReport | null;
  readonly current: TimetableClass | null;
  readonly next: TimetableClass | null;
  readonly certificateExpiresAtMs: number | null;
}

type State = HealthReport['state'];

/** From here on the room wants a person now, and from here on a look before the next class. */
const RISK = 60;
const LOOK = 20;
const CERTIFICATE_LATE_MS = 5 * 86_400_000;
const LOW_FREE_HOURS = 2;
const HOT_C = 90;
/** A class may begin late; after this it is a class that nobody started. */
const LATE_START_MS = 5 * 60_000;

/** Will this room's class fail, and why: what support reads before the teacher notices. Most urgent first. */
export function roomVerdict(facts: RoomFacts): Verdict {
  const reasons = [...connection(facts), ...(facts.online && facts.health ? condition(facts, facts.health) : []), ...identity(facts)];
  const ordered = reasons.toSorted((a, b) => b.urgency - a.urgency);
  const urgency = ordered[0]?.urgency ?? 0;
  return { level: levelOf(urgency), urgency, reasons: ordered };
}

function levelOf(urgency: number): Level {
  if (urgency >= RISK) return 'risk';
  return urgency >= LOOK ? 'look' : 'ok';
}

function connection(facts: RoomFacts): Reason[] {
  const { current, hasBox, online, lastSeenAtMs } = facts;
  if (!hasBox) return [weighed(facts, 'no_box', `This room has no box yet.${current || facts.next ? '' : ' Nothing is planned here.'}`, 10)];
  if (online) return [];
  if (lastSeenAtMs === null) return [weighed(facts, 'never_seen', 'The box was claimed but has not reported yet. Check that it is on and has network.', 30)];
  const wasLive = isLive(facts.health?.state);
  const message = wasLive
    ? 'The box stopped reporting while a class was live. It may still be recording; students may see nothing.'
    : 'The box does not report. Check its power and network.';
  return [wasLive ? reason('offline_in_class', message, 95) : weighed(facts, 'offline', message, 40)];
}

function condition(facts: RoomFacts, health: HealthReport): Reason[] {
  const { state, machine } = health;
  return [...liveClass(facts, state), ...inputs(facts, state), ...storage(facts, state), ...heat(facts, machine.temperatureC), ...boxReasons(facts, state)];
}

function liveClass(facts: RoomFacts, state: State): Reason[] {
  const phase = state.lesson.phase;
  // A pause is recorded and sent too, with its card.
  const runs = phase === 'live' || phase === 'paused';
  const reasons: Reason[] = [];
  if (runs && !state.recording.active) reasons.push(reason('not_recording', 'The class is live and not being recorded.', 100));
  else if (runs && !state.recording.proven) reasons.push(reason('recording_unproven', 'The recording runs, but its picture or sound is in doubt.', 85));
  if (runs && state.stream.stopped === true) reasons.push(reason('sending_stopped', 'The teacher stopped the sending: the class is recorded only.', 40));
  else if (runs && !state.stream.sending) reasons.push(reason('not_sending', 'The class is recorded but does not leave the room: students see nothing.', 90));
  else if (runs && !state.stream.seenAtEdge) reasons.push(reason('not_seen', 'The class leaves the room but does not reach the edge.', 88));
  const { current, nowMs } = facts;
  if (phase === 'idle' && current && nowMs - startOf(current) > LATE_START_MS && nowMs < endOf(current)) {
    reasons.push(reason('not_started', `“${current.title}” should be running, but nobody has started it.`, 50));
  }
  return reasons;
}

function inputs(facts: RoomFacts, state: State): Reason[] {
  const live = isLive(state);
  const lost = state.sources
    .filter(({ signal, advice }) => signal !== 'ok' && advice !== '')
    .map((source) => ({ source, urgency: source.kind === 'microphone' || source.kind === 'camera' ? 50 : 30 }))
    .map(({ source, urgency }) => (live ? reason('no_signal', `No signal from ${source.id} during the class.`, urgency + 30) : weighed(facts, 'no_signal', `No signal from ${source.id}.`, urgency)));
  const doubtful = state.sources
    .filter((source) => source.signal === 'ok' && source.verdict !== 'ok')
    .map((source) => (live ? reason('bad_signal', `${source.id} is ${source.verdict} during the class.`, 65) : reason('bad_signal', `${source.id} is ${source.verdict}.`, 15)));
  const cameras = state.cameras.filter((camera) => camera.link !== 'ok').map((camera) => weighed(facts, 'camera_lost', `The camera ${camera.id} can't be steered.`, 25));
  return [...lost, ...doubtful, ...cameras];
}

function storage(facts: RoomFacts, state: State): Reason[] {
  const reasons: Reason[] = [];
  const hours = state.recording.freeHours;
  if (hours < LOW_FREE_HOURS) reasons.push(weighed(facts, 'disk_low', `The box's disk has room for ${hours.toFixed(1)} h of recording.`, hours < 0.5 ? 70 : 45));
  if (state.cloud.state === 'failing') reasons.push(reason('upload_failing', 'Recordings do not reach the cloud. They are safe on the box.', 35));
  return reasons;
}

function heat(facts: RoomFacts, temperatureC: number | null): Reason[] {
  return temperatureC !== null && temperatureC > HOT_C ? [weighed(facts, 'hot', `The box is at ${Math.round(temperatureC)} °C. Check that its vents are free.`, 45)] : [];
}

function identity({ certificateExpiresAtMs, nowMs, hasBox }: RoomFacts): Reason[] {
  if (!hasBox || certificateExpiresAtMs === null || certificateExpiresAtMs - nowMs > CERTIFICATE_LATE_MS) return [];
  if (certificateExpiresAtMs <= nowMs) return [reason('certificate_expired', "The box's certificate expired while it was away. It gets a new one by itself once it is on and reaches campus.", LOOK)];
  return [reason('certificate_old', "The box has not renewed its certificate, which expires within five days.", 40)];
}

function isLive(state: State | undefined): boolean {
  return state !== undefined && state.lesson.phase !== 'idle';
}
