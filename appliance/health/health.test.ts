import { describe, expect, it } from 'vitest';
import type { State } from '../contract/state.ts';
import { healthOf, look, type Watches } from './alarms.ts';
import { gridOf } from './history.ts';
import { busyMsOf, clockErrorMsOf, degreesOf, ioErrorsOf, networkErrorsOf } from './machine-files.ts';
import { Growth, MinuteRate } from './rate.ts';
import { RULES, type HealthFacts } from './rules.ts';
import { nextWatch, WELL, type Hysteresis, type Watch } from './watch.ts';

describe('a watch', () => {
  const heat: Hysteresis = { worse: 'higher', enterAt: 85, leaveAt: 78, enterMs: 30_000, leaveMs: 60_000 };
  const space: Hysteresis = { worse: 'lower', enterAt: 2, leaveAt: 3, enterMs: 0, leaveMs: 10_000 };
  /** Readings at their second. */
  const after = (limits: Hysteresis, ...readings: [second: number, value: number | null][]): Watch['kind'] =>
    readings.reduce<Watch>((watch, [second, value]) => nextWatch(watch, value, limits, second * 1000), WELL).kind;
  it.each<[string, Hysteresis, [number, number | null][], Watch['kind']]>([
    ['is well below its limit', heat, [[0, 84]], 'well'],
    ['doubts at first', heat, [[0, 90], [29, 90]], 'doubtful'],
    ['forgets a doubt that passes', heat, [[0, 90], [10, 84], [31, 90]], 'doubtful'],
    ['raises what stays', heat, [[0, 90], [30, 86]], 'wrong'],
    ['keeps it between the limits', heat, [[0, 90], [30, 90], [99, 80]], 'wrong'],
    ['recovers for a while', heat, [[0, 90], [30, 90], [40, 70], [99, 70]], 'recovering'],
    ['falls back on a relapse', heat, [[0, 90], [30, 90], [40, 70], [60, 79], [99, 70]], 'recovering'],
    ['is well again after its time', heat, [[0, 90], [30, 90], [40, 70], [100, 70]], 'well'],
    ['forgets what can’t be read any more', heat, [[0, 90], [30, 90], [40, null], [100, null]], 'well'],
    ['knows what is worse when lower', space, [[0, 1.9]], 'wrong'],
    ['and better when higher', space, [[0, 1.9], [1, 2.5], [20, 2.5]], 'wrong'],
    ['and well', space, [[0, 1.9], [1, 3.5], [11, 3.5]], 'well'],
  ])('%s', (_what, limits, readings, kind) => {
    expect(after(limits, ...readings)).toBe(kind);
  });
});

const source = { id: 'camera', name: 'Camera', kind: 'camera', signal: 'ok', verdict: 'ok', advice: '' };
const state = {
  lesson: { phase: 'idle' }, sources: [source, { ...source, id: 'slides', name: 'Slides', kind: 'slides' }, { ...source, id: 'mic', name: 'Microphone', kind: 'microphone' }],
  cameras: [{ id: 'ptz', name: 'Camera', link: 'ok', advice: '' }], encoder: { name: 'libx264', fps: 25 }, recording: { active: false, proven: false, freeHours: 40, doubt: '' },
  stream: { stopped: false, seenAtEdge: false, problem: '' }, cloud: { state: 'idle', problem: '' }, schedule: { problem: '' },
} as unknown as State;
const well: HealthFacts = {
  state, soundCaptured: true, wantedFps: 25, gateLagMs: 5, waitingFrames: 1, droppedPerMinute: 0, cpuPercent: 30, memoryUsedPercent: 40, temperatureC: 55, throttledPerMinute: 0,
  diskBusyPercent: 5, diskErrorsPerMinute: 0, networkErrorsPerMinute: 0, clockErrorMs: 12,
};
const inState = (change: object): Partial<HealthFacts> => ({ state: { ...state, ...change } });
const sourcesWith = (id: string, change: object): Partial<HealthFacts> => inState({ sources: state.sources.map((one) => (one.id === id ? { ...one, ...change } : one)) });
const live = { lesson: { phase: 'live' }, recording: { ...state.recording, active: true, proven: true }, stream: { ...state.stream, seenAtEdge: true } };

describe('the rules', () => {
  const raised = (change: Partial<HealthFacts>, seconds: number): string[] => {
    let watches: Watches = new Map();
    for (let second = 0; second <= seconds; second += 1) watches = look(watches, RULES, { ...well, ...change }, second * 1000);
    return healthOf(watches).alarms.map(({ code }) => code);
  };
  it.each<[string, Partial<HealthFacts>, number, string[]]>([
    ['are content with a box that is well', {}, 4_000, []],
    ['and with a class that is', inState(live), 4_000, []],
    ['wait before they speak', sourcesWith('slides', { signal: 'lost' }), 9, []],
    ['hear slides fall asleep', sourcesWith('slides', { signal: 'lost' }), 10, ['slides_lost:slides']],
    ['hear a camera die', sourcesWith('camera', { signal: 'absent' }), 5, ['picture_lost:camera']],
    ['hear a microphone die', sourcesWith('mic', { signal: 'lost' }), 5, ['microphone_lost:mic']],
    ['but not one that is meant to be closed', { ...sourcesWith('mic', { signal: 'lost' }), soundCaptured: false }, 60, []],
    ['see a class that is not recorded', inState({ ...live, recording: { ...state.recording, active: false } }), 10, ['not_recording']],
    ['see one whose disk hangs at Start', inState({ ...live, lesson: { phase: 'preparing' }, recording: { ...state.recording, active: false } }), 10, ['not_recording']],
    ['see that a pause is not recorded either', inState({ ...live, lesson: { phase: 'paused' }, recording: { ...state.recording, active: false } }), 10, ['not_recording']],
    ['see a class that nobody gets', inState({ ...live, stream: { ...state.stream, seenAtEdge: false } }), 15, ['students_see_nothing']],
    ['but not one that the teacher keeps in the room', inState({ ...live, stream: { ...state.stream, stopped: true } }), 60, []],
    ['see an encoder that is slow', inState({ encoder: { name: 'libx264', fps: 20 } }), 10, ['encoder_slow']],
    ['see pictures wait for one that does not keep up', { waitingFrames: 13 }, 5, ['encoder_queue']],
    ['but not those that it makes up for', { waitingFrames: 13 }, 4, []],
    ['feel heat', { temperatureC: 86 }, 30, ['hot']],
    ['and too much of it', { temperatureC: 98 }, 30, ['overheating', 'hot']],
    ['see a disk fill', inState({ recording: { ...state.recording, freeHours: 0.3 } }), 10, ['disk_full', 'disk_low']],
    ['tell a wrong clock, fast or slow', { clockErrorMs: -3_600_000 }, 30, ['clock_wrong']],
    ['tell a disk that fails', { diskErrorsPerMinute: 1 }, 0, ['disk_errors']],
    ['tell a camera that does not answer', inState({ cameras: [{ ...state.cameras[0], link: 'lost' }] }), 10, ['camera_control_lost:ptz']],
  ])('%s', (_what, change, seconds, codes) => {
    expect(raised(change, seconds)).toEqual(codes);
  });

  it('let go of a queue when it is short for a while, and not at its first dip', () => {
    const after = (...waiting: number[]): string[] => {
      let watches: Watches = new Map();
      waiting.forEach((waitingFrames, second) => void (watches = look(watches, RULES, { ...well, waitingFrames }, second * 1000)));
      return healthOf(watches).alarms.map(({ message }) => message);
    };
    const long = Array.from({ length: 6 }, () => 38);
    const short = Array.from({ length: 31 }, () => 2);
    expect(after(...long)).toEqual(['The encoder does not keep up: 38 pictures wait for it.']);
    expect(after(...long, ...short.slice(1), 8)).toHaveLength(1);
    expect(after(...long, ...short)).toEqual([]);
  });

  it('say what to do, in the source’s own words where it has some', () => {
    const watch = (advice: string): string | undefined => {
      let watches: Watches = new Map();
      for (const second of [0, 10]) watches = look(watches, RULES, { ...well, ...sourcesWith('slides', { signal: 'lost', advice }) }, second * 1000);
      const [alarm] = healthOf(watches).alarms;
      return `${alarm?.message} ${alarm?.advice}`;
    };
    expect(watch('')).toBe('The slides input has no signal. Wake the laptop or reseat the HDMI cable.');
    expect(watch('Plug the laptop in.')).toContain('Plug the laptop in.');
  });

  it('forget a source that was taken away', () => {
    let watches: Watches = new Map();
    for (const second of [0, 10]) watches = look(watches, RULES, { ...well, ...sourcesWith('slides', { signal: 'lost' }) }, second * 1000);
    expect(healthOf(watches).verdict).toBe('warning');
    expect(healthOf(look(watches, RULES, { ...well, ...inState({ sources: [] }) }, 11_000))).toEqual({ verdict: 'ok', alarms: [] });
  });
});

it('reads what Linux tells', () => {
  expect(busyMsOf('  100 0 800 30 200 5 1600 60 0 4321 90')).toBe(4321);
  expect(busyMsOf('')).toBeNull();
  const net = 'Inter-|   Receive\n face |bytes\n    lo: 1 1 9 9 0 0 0 0 1 1 9 9 0 0 0 0\n  eth0: 10 1 2 3 0 0 0 0 10 1 4 5 0 0 0 0\n wlan0:10 1 1 0 0 0 0 0 10 1 0 0 0 0 0 0\n';
  expect(networkErrorsOf(net)).toEqual({ eth0: 14, wlan0: 1 });
  expect(ioErrorsOf({ sda: '0x1f\n', sdb: '' })).toEqual({ sda: 31 });
  expect([degreesOf('54000\n'), degreesOf('0'), degreesOf('')]).toEqual([54, null, null]);
  expect(clockErrorMsOf('C0A80001,192.168.0.1,3,1700000000.1,-0.002500000,0.0,0.0,0,0,0,0,0,0,Normal')).toBe(2.5);
  expect(clockErrorMsOf(',,0,0.0,0.000000000,0,0,0,0,0,0,0,0,Not synchronised')).toBeNull();
  expect(clockErrorMsOf('506 Cannot talk to daemon')).toBeNull();
});

it('counts what a counter grew by in the last minute, over its restart', () => {
  const rate = new MinuteRate();
  expect([rate.add(100, 0), rate.add(103, 1_000), rate.add(2, 30_000), rate.add(2, 61_500), rate.add(2, 95_000)]).toEqual([0, 3, 5, 2, 0]);
});

it('counts the errors of each device, and none of one that comes or goes', () => {
  const growth = new Growth();
  const totals = [{ sda: 5, stick: 2 }, { sda: 5 }, { sda: 6 }, { sda: 6, stick: 3 }, { sda: 6, stick: 4 }, { sda: 1, stick: 4 }].map((counts) => growth.add(counts as Record<string, number>));
  expect(totals).toEqual([0, 0, 1, 1, 2, 2]);
});

it('lays points on a grid, with gaps where nothing was', () => {
  const points = [{ atMs: 0, mean: 1, high: 2 }, { atMs: 1_000, mean: 3, high: 9 }, { atMs: 4_000, mean: 5, high: 5 }, { atMs: 9_000, mean: 7, high: 7 }];
  expect(gridOf(points, 0, 6_000, 2_000)).toEqual({ mean: [2, null, 5], high: [9, null, 5] });
});
