import type { State } from '../contract/state.ts';
import type { Hysteresis } from './watch.ts';

/** What the rules look at, once a second. Rates are of the last minute; null where the machine does not tell. */
export interface HealthFacts {
  readonly state: Pick<State, 'lesson' | 'sources' | 'cameras' | 'encoder' | 'recording' | 'stream' | 'cloud' | 'schedule'>;
  readonly soundCaptured: boolean;
  readonly wantedFps: number;
  /** Of the gate: the latest a picture came, pictures left out, and those that wait for the encoder. */
  readonly gateLagMs: number;
  readonly waitingFrames: number;
  readonly droppedPerMinute: number;
  readonly cpuPercent: number | null;
  readonly memoryUsedPercent: number | null;
  readonly temperatureC: number | null;
  readonly throttledPerMinute: number;
  readonly diskBusyPercent: number | null;
  readonly diskErrorsPerMinute: number;
  readonly networkErrorsPerMinute: number;
  readonly clockErrorMs: number | null;
}

export interface Reading {
  /** What it is of where a rule watches several; empty for the box as a whole. */
  readonly subject: string;
  readonly value: number | null;
  readonly message: string;
  readonly advice: string;
}

export interface Rule extends Hysteresis {
  readonly code: string;
  readonly severity: 'warning' | 'critical';
  readonly read: (facts: HealthFacts) => readonly Reading[];
}

const SECOND = 1_000;
const MINUTE = 60_000;
const one = (value: number | null, message: string, advice: string): Reading[] => [{ subject: '', value, message, advice }];
const yes = (wrong: boolean): number => (wrong ? 1 : 0);
/** Limits of what is either so or not. */
const so = (enterMs: number, leaveMs: number): Hysteresis => ({ worse: 'higher', enterAt: 1, leaveAt: 0, enterMs, leaveMs });
/** From the press of Start to the press of End: a pause is recorded and sent too, and a disk that hangs keeps a class from going live. */
const isOn = ({ state }: HealthFacts): boolean => ['preparing', 'live', 'paused'].includes(state.lesson.phase);

/** Everything that the box watches in itself. The words are for whoever stands before it; support reads the code. */
export const RULES: readonly Rule[] = [
  {
    code: 'not_recording', severity: 'critical', ...so(10 * SECOND, 3 * SECOND),
    read: (facts) => one(yes(isOn(facts) && !facts.state.recording.active), 'The class is not being recorded.', facts.state.recording.doubt || 'Restart the box; the class goes on by itself.'),
  },
  {
    code: 'recording_in_doubt', severity: 'critical', ...so(20 * SECOND, 5 * SECOND),
    read: (facts) =>
      one(yes(isOn(facts) && facts.state.recording.active && !facts.state.recording.proven), 'The recording runs, but something in it is in doubt.', facts.state.recording.doubt || 'Check the picture and the sound.'),
  },
  {
    code: 'students_see_nothing', severity: 'critical', ...so(15 * SECOND, 3 * SECOND),
    read: (facts) =>
      one(yes(isOn(facts) && !facts.state.stream.stopped && !facts.state.stream.seenAtEdge), 'The class does not reach the students.', facts.state.stream.problem || 'Check the network cable. The class is recorded and can be watched later.'),
  },
  {
    code: 'picture_lost', severity: 'critical', ...so(5 * SECOND, 3 * SECOND),
    read: (facts) => facts.state.sources.filter(({ kind }) => kind === 'camera').map((source) => lost(source, `${source.name} has no signal.`, 'Check the camera’s power and its cable.')),
  },
  {
    code: 'slides_lost', severity: 'warning', ...so(10 * SECOND, 3 * SECOND),
    read: (facts) =>
      facts.state.sources.filter(({ kind }) => kind === 'slides').map((source) => lost(source, `The ${source.name.toLowerCase()} input has no signal.`, 'Wake the laptop or reseat the HDMI cable.')),
  },
  {
    code: 'microphone_lost', severity: 'critical', ...so(5 * SECOND, 3 * SECOND),
    read: (facts) =>
      facts.state.sources
        .filter(({ kind }) => kind === 'microphone')
        .map((source) => ({ ...lost(source, `${source.name} has no signal.`, 'Check its receiver and cable.'), ...(facts.soundCaptured ? {} : { value: null }) })),
  },
  {
    code: 'camera_control_lost', severity: 'warning', ...so(10 * SECOND, 5 * SECOND),
    read: (facts) =>
      facts.state.cameras.map(({ id, name, link, advice }) => ({ subject: id, value: yes(link === 'lost'), message: `${name} cannot be moved.`, advice: advice || 'Check its power and its network or control cable.' })),
  },
  {
    code: 'encoder_slow', severity: 'critical', worse: 'lower', enterAt: 0.85, leaveAt: 0.95, enterMs: 10 * SECOND, leaveMs: 10 * SECOND,
    read: ({ state, wantedFps }) =>
      one(state.encoder.name === '' ? null : state.encoder.fps / wantedFps, `The box encodes ${state.encoder.fps.toFixed(0)} of ${wantedFps} pictures a second.`, 'Check that its vents are free. If it goes on, support can choose a smaller picture.'),
  },
  {
    // In seconds of pictures. The gate keeps a second and a half of them and then leaves some out: this is to be known before that.
    code: 'encoder_queue', severity: 'warning', worse: 'higher', enterAt: 0.5, leaveAt: 0.2, enterMs: 5 * SECOND, leaveMs: 30 * SECOND,
    read: ({ waitingFrames, wantedFps }) =>
      one(waitingFrames / wantedFps, `The encoder does not keep up: ${waitingFrames} pictures wait for it.`, 'Check that the box’s vents are free. If it goes on, support can choose a smaller picture.'),
  },
  {
    code: 'dropped_frames', severity: 'warning', worse: 'higher', enterAt: 25, leaveAt: 0, enterMs: 0, leaveMs: MINUTE,
    read: ({ droppedPerMinute }) => one(droppedPerMinute, `${droppedPerMinute} pictures were left out in the last minute.`, 'The box is too busy. If it goes on, tell support.'),
  },
  {
    code: 'gate_late', severity: 'warning', worse: 'higher', enterAt: 120, leaveAt: 60, enterMs: 10 * SECOND, leaveMs: 30 * SECOND,
    read: ({ gateLagMs }) => one(gateLagMs, `Pictures are composed up to ${gateLagMs.toFixed(0)} ms late.`, 'The box is too busy. If it goes on, tell support.'),
  },
  {
    code: 'hot', severity: 'warning', worse: 'higher', enterAt: 85, leaveAt: 78, enterMs: 30 * SECOND, leaveMs: MINUTE,
    read: ({ temperatureC }) => one(temperatureC, `The box is at ${(temperatureC ?? 0).toFixed(0)} °C.`, 'Free its vents and take it out of closed furniture.'),
  },
  {
    code: 'overheating', severity: 'critical', worse: 'higher', enterAt: 97, leaveAt: 90, enterMs: 10 * SECOND, leaveMs: MINUTE,
    read: ({ temperatureC }) => one(temperatureC, `The box is at ${(temperatureC ?? 0).toFixed(0)} °C and may switch itself off.`, 'Free its vents now, and point a fan at it until the class is over.'),
  },
  {
    code: 'throttled', severity: 'warning', worse: 'higher', enterAt: 1, leaveAt: 0, enterMs: 0, leaveMs: 5 * MINUTE,
    read: ({ throttledPerMinute }) => one(throttledPerMinute, 'The processor slows down because it is hot.', 'Free the box’s vents and have its fan cleaned.'),
  },
  {
    code: 'cpu_busy', severity: 'warning', worse: 'higher', enterAt: 95, leaveAt: 85, enterMs: MINUTE, leaveMs: 30 * SECOND,
    read: ({ cpuPercent }) => one(cpuPercent, `The processor is ${(cpuPercent ?? 0).toFixed(0)} % busy.`, 'If pictures stutter, tell support: a smaller picture helps.'),
  },
  {
    code: 'memory_low', severity: 'warning', worse: 'higher', enterAt: 92, leaveAt: 85, enterMs: MINUTE, leaveMs: MINUTE,
    read: ({ memoryUsedPercent }) => one(memoryUsedPercent, `${(memoryUsedPercent ?? 0).toFixed(0)} % of the memory is used.`, 'Restart the box between two classes, and tell support if it comes back.'),
  },
  {
    code: 'disk_low', severity: 'warning', worse: 'lower', enterAt: 4, leaveAt: 5, enterMs: 10 * SECOND, leaveMs: MINUTE,
    read: ({ state }) => one(state.recording.freeHours, `The disk has room for ${state.recording.freeHours.toFixed(1)} h of recording.`, 'Ask support why recordings are not uploaded and cleared.'),
  },
  {
    code: 'disk_full', severity: 'critical', worse: 'lower', enterAt: 0.5, leaveAt: 1, enterMs: 5 * SECOND, leaveMs: 10 * SECOND,
    read: ({ state }) => one(state.recording.freeHours, 'The disk is full: classes are sent but soon not recorded.', 'Ask support to make space now.'),
  },
  {
    code: 'disk_busy', severity: 'warning', worse: 'higher', enterAt: 95, leaveAt: 80, enterMs: MINUTE, leaveMs: MINUTE,
    read: ({ diskBusyPercent }) => one(diskBusyPercent, 'The disk cannot keep up.', 'Tell support: the disk may be failing.'),
  },
  {
    code: 'disk_errors', severity: 'critical', worse: 'higher', enterAt: 1, leaveAt: 0, enterMs: 0, leaveMs: 60 * MINUTE,
    read: ({ diskErrorsPerMinute }) => one(diskErrorsPerMinute, 'The disk reports errors.', 'Tell support today: the disk is failing and has to be replaced.'),
  },
  {
    code: 'network_errors', severity: 'warning', worse: 'higher', enterAt: 100, leaveAt: 10, enterMs: MINUTE, leaveMs: 2 * MINUTE,
    read: ({ networkErrorsPerMinute }) => one(networkErrorsPerMinute, 'The network card loses data.', 'Reseat the network cable at both ends, or replace it.'),
  },
  {
    code: 'clock_wrong', severity: 'warning', worse: 'higher', enterAt: 2_000, leaveAt: 1_500, enterMs: 30 * SECOND, leaveMs: 30 * SECOND,
    read: ({ clockErrorMs }) =>
      one(clockErrorMs === null ? null : Math.abs(clockErrorMs), `The clock is ${Math.round(Math.abs(clockErrorMs ?? 0) / SECOND)} s wrong.`, 'Classes may begin at the wrong time. Ask support to set up a time server.'),
  },
  {
    code: 'upload_failing', severity: 'warning', ...so(2 * MINUTE, 10 * SECOND),
    read: ({ state }) => one(yes(state.cloud.state === 'failing'), 'Recordings do not reach the cloud. They are safe on the box.', state.cloud.problem || 'It is tried again by itself; check the network.'),
  },
  {
    code: 'calendar_unread', severity: 'warning', ...so(30 * MINUTE, 0),
    read: ({ state }) => one(yes(state.schedule.problem !== ''), 'The room’s calendar has not been read for half an hour.', state.schedule.problem || 'Check its address.'),
  },
];

function lost({ id, signal, advice }: State['sources'][number], message: string, otherwise: string): Reading {
  return { subject: id, value: yes(signal !== 'ok'), message, advice: advice || otherwise };
}
