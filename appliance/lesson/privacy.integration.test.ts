import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { policyOf } from '../schedule/schedule-config.ts';
import { Classroom } from './classroom.ts';
import { IDLE, type Lesson } from './lesson.ts';
import type { PlannedClass } from './timetable.ts';

const WAIT = { timeout: 20_000, interval: 50 };
const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'privacy-'));
const log = createLog('test');
log.level = 'silent';
const stop = new AbortController();
const ten: PlannedClass = { id: 'ten', title: 'Optics', teacher: '', startsAtMs: 600 * MINUTE, endsAtMs: 650 * MINUTE };
const held = new Map<string, 'held' | 'missed'>();
let kept: Lesson = IDLE;
let nowMs = 0;
let pipeline: Pipeline;
let running: Promise<void>;
let classroom: Classroom;

/** The whole machine is looked at, not what the box believes: processes whose command line names this room's microphone. */
function microphoneProcesses(): string[] {
  const socket = join(folder, 'source-mic.sock');
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(socket));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended while we looked
  }
}

beforeAll(async () => {
  pipeline = new Pipeline(
    {
      program: { width: 320, height: 180, fps: 10, x264Preset: 'ultrafast', renditions: [{ id: '180p', width: 320, height: 180, bitrateKbps: 100 }] },
      sources: [{ id: 'camera', name: 'Camera', kind: 'camera', url: 'test:moving' }, { id: 'mic', name: 'Microphone', kind: 'microphone', url: 'test:tone' }],
      encoders: ['libx264'],
      runDir: folder,
    },
    log,
  );
  running = pipeline.run(stop.signal);
  classroom = new Classroom({
    store: { load: () => kept, save: (lesson) => (kept = lesson) },
    journal: { outcomeOf: ({ id }) => held.get(id) ?? null, note: ({ id }, outcome) => void held.set(id, outcome), knownSinceMs: 0 },
    recording: { open: async () => undefined, close: async () => undefined },
    uplink: { begin: () => undefined, end: async () => undefined },
    program: pipeline, clock: { nowMs: () => nowMs, inDoubt: false }, log, policy: policyOf({}), room: () => ({ id: 'room', timetable: [ten] }), changed: () => undefined,
  });
  await vi.waitFor(() => expect(pipeline.snapshot().encoder.fps).toBeGreaterThan(5), WAIT);
});

afterAll(async () => {
  stop.abort();
  await running;
  rmSync(folder, { recursive: true, force: true });
});

async function at(minute: number): Promise<void> {
  nowMs = minute * MINUTE;
  classroom.tick();
  await classroom.settled();
}

it('captures the microphone in lead time and class, and at no other time', async () => {
  await at(589);
  expect(microphoneProcesses()).toEqual([]);

  await at(590);
  await vi.waitFor(() => expect(microphoneProcesses()).not.toEqual([]), WAIT);
  await vi.waitFor(() => expect(pipeline.snapshot().levels.sources['mic']).toBeGreaterThan(-60), WAIT);

  await classroom.start({});
  await at(605);
  expect(microphoneProcesses()).not.toEqual([]);
  classroom.stop();
  await classroom.settled();
  await vi.waitFor(() => expect(microphoneProcesses()).toEqual([]), WAIT);

  // Ended early: the rest of its planned time is nobody's.
  await at(620);
  expect(microphoneProcesses()).toEqual([]);
});
