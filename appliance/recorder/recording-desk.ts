import type { RecordingState } from '../contract/recording.ts';
import { ClassFeed } from '../bus/class-feed.ts';
import type { PacketBus } from '../bus/packet-bus.ts';
import type { ApplianceConfig } from '../config/appliance-config.ts';
import { RecordedClass } from '../lesson/class-recording.ts';
import type { LessonFacts } from '../lesson/lesson.ts';
import type { ClassRecording, ClassUplink } from '../lesson/ports.ts';
import { DiskWatch } from '../state/disk-watch.ts';
import { recordingState, type RecordingFacts } from '../state/recording-proof.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { recordedRendition } from '../pipeline/program-encoder.ts';
import { DiskRoom } from './disk-room.ts';
import { gapsForMeta } from './gaps.ts';
import { Recorder, type RecordingReport, type TrackToRecord } from './recorder.ts';
import { endRecording, openRecordings } from './recover.ts';

export interface RecordingDeskOptions {
  readonly config: Pick<ApplianceConfig, 'recordingsDir' | 'program' | 'preRollSeconds' | 'disk'>;
  readonly program: { readonly bus: PacketBus; readonly nowUs: number | null; tracks(): readonly (TrackToRecord & { readonly bus: PacketBus })[] };
  /** Muted, paused, or a room that is meant to be silent. */
  readonly silenceExpected: () => boolean;
  /** The recording of the class that runs, or is about to go on after a restart. */
  readonly runningId: () => string | null;
  /** Asks whoever knows what is safe elsewhere to free this many bytes. */
  readonly makeRoom: (bytes: number) => void;
  readonly log: Log;
}

/** Quieter than this is silence, dBFS RMS. */
const SILENCE_DBFS = -60;
const ROOM_EVERY_MS = 5_000;

/** Everything about recording, put together: the class's share of the program, its recorder, the disk, and what is true of them. */
export class RecordingDesk {
  /** What may leave the room: the class from the press of Start to its end. */
  readonly stream: ClassFeed;
  readonly #options: RecordingDeskOptions;
  readonly #feed: ClassFeed;
  readonly #recorded: RecordedClass<RecordingReport>;
  readonly #disk: DiskWatch;
  readonly #room: DiskRoom;
  readonly #preRollUs: number;
  /** The program's time at which End was pressed; null where no program ran, or no class ends. */
  #endUs: number | null = null;
  /** And at which Start was; null where none ran. */
  #beganUs: number | null = null;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RecordingDeskOptions) {
    const { config, program, log } = options;
    this.#preRollUs = (config.preRollSeconds ?? 0) * 1_000_000;
    this.#options = options;
    this.stream = new ClassFeed(log);
    this.#feed = this.#preRollUs > 0 ? new ClassFeed(log, this.#preRollUs) : this.stream;
    for (const feed of this.#feeds) program.bus.attach(feed);
    this.#recorded = new RecordedClass({
      openRecorder: (facts) => this.#open(facts),
      endOrphan: (id, report) => this.#endRecording(id, report),
      nowMs: () => this.#nowMs,
      attach: (recorder) => this.#attach(recorder as Recorder),
      log,
    });
    this.#disk = new DiskWatch(config.recordingsDir, () => this.#recorded.report()?.id ?? null, log);
    this.#room = new DiskRoom(config, program.tracks());
  }

  /** The recording as the class sees it. */
  get lesson(): ClassRecording {
    return {
      open: (facts) => this.#recorded.open(facts),
      close: async (facts) => {
        await this.#feed.complete();
        await this.#recorded.close(facts, this.#endUs);
        for (const feed of this.#feeds) feed.end();
      },
    };
  }

  /** The class's uplink: what it carries, and what is recorded, goes from the press of Start to the press of End. */
  fromPressToPress(uplink: ClassUplink): ClassUplink {
    const { program } = this.#options;
    const begin = (): void => {
      this.#endUs = null;
      this.#beganUs = program.nowUs;
      for (const feed of this.#feeds) feed.begin(program.nowUs, feed === this.#feed);
      uplink.begin();
    };
    const end = async (): Promise<void> => {
      const endUs = program.nowUs;
      this.#endUs = endUs;
      if (endUs !== null) this.#feeds.forEach((feed) => feed.endAt(endUs));
      await uplink.end();
    };
    return { begin, end };
  }

  get #feeds(): ReadonlySet<ClassFeed> {
    return new Set([this.stream, this.#feed]);
  }

  get attached(): boolean {
    return this.#recorded.attached;
  }

  heard(programDbfs: number): void {
    if (programDbfs > SILENCE_DBFS) this.#heardAtMs = performance.now();
  }

  setPaused(paused: boolean): void {
    this.#recorded.setPaused(paused, this.#nowMs);
  }

  /** @throws CodedError 409 `no_recording`, 503 `erase_pending` or `no_program` */
  async erase(seconds: number): Promise<void> {
    const { nowUs } = this.#options.program;
    if (nowUs === null) throw new CodedError('no_program', 'The picture is being restarted. Press again in a second.', { status: 503 });
    await this.#recorded.erase(seconds, nowUs);
  }

  state(): RecordingState {
    const sound = { heardAtMs: this.#heardAtMs, silenceExpected: this.#options.silenceExpected() };
    return recordingState(this.#facts(), sound, this.#room.limits, performance.now());
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#disk.run(signal), this.#keepRoom(signal), this.#endOrphans()]);
  }

  /** At shutdown in the middle of a class: resolves when what was captured is on disk. */
  async detach(): Promise<void> {
    await this.#recorded.detach();
  }

  #facts(): RecordingFacts {
    const report = this.#recorded.report();
    return {
      id: report?.id ?? null, wanted: this.#recorded.wanted, attached: this.#recorded.attached,
      tracks: report?.tracks ?? [], onDisk: this.#disk.tracksOf(report?.id ?? null),
      lastFragmentAtMs: report?.lastFragmentAtMs ?? null, soundAtMs: report?.soundAtMs ?? null, proof: report?.proof ?? null,
      gaps: report?.gaps ?? [], pauses: report?.pauses ?? [], redactions: report?.redactions ?? [],
      freeBytes: this.#disk.freeBytes, isDiskFull: this.#room.isFull(this.#disk.freeBytes), problem: this.#recorded.problem || (report?.problem ?? ''),
    };
  }

  #open(facts: LessonFacts): Promise<Recorder> {
    const { config, program, log } = this.#options;
    return Recorder.open({
      recordingsDir: config.recordingsDir,
      meta: {
        id: facts.recordingId, lesson: facts.id, room: facts.room, title: facts.title, teacher: facts.teacher,
        startedAt: new Date(facts.startedAtMs).toISOString(),
      },
      layer: recordedRendition(config.program).id,
      tracks: program.tracks(),
      beganUs: this.#beganUs,
      preRollUs: this.#preRollUs,
      roomFor: (bytes) => this.#room.need(bytes, this.#disk.freeBytes),
      log,
    });
  }

  #attach(recorder: Recorder): () => void {
    const offs = this.#options.program.tracks().map(({ id, bus }) =>
      bus.attach({ name: `recorder-${id}`, write: (packet) => void (this.#feed.admits(packet.captureUs) && recorder.writeTrack(id, packet)) }),
    );
    offs.push(this.#feed.attach(recorder));
    return () => offs.forEach((off) => off());
  }

  async #keepRoom(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wanted = this.#room.wanted(this.#disk.freeBytes);
      if (wanted > 0) this.#options.makeRoom(wanted);
      await sleep(ROOM_EVERY_MS, signal);
    }
  }

  /** Recordings that a dead process left open, but for the one of the class that goes on. */
  async #endOrphans(): Promise<void> {
    const { config, log, runningId } = this.#options;
    try {
      for (const { id } of await openRecordings(config.recordingsDir, log)) {
        if (id !== this.#recorded.report()?.id && id !== runningId()) await this.#endOrphan(id);
      }
    } catch (thrown) {
      log.error({ reason: reasonOf(thrown) }, 'the recordings cannot be listed; the next start looks for those that were left open');
    }
  }

  async #endOrphan(id: string): Promise<void> {
    const { log } = this.#options;
    log.warn({ recording: id }, 'ending a recording that was left open');
    try {
      await this.#endRecording(id, null);
    } catch (thrown) {
      log.error({ recording: id, reason: reasonOf(thrown) }, 'it could not be ended; the next start tries again');
    }
  }

  async #endRecording(id: string, report: RecordingReport | null): Promise<void> {
    const { config, log } = this.#options;
    const known = report === null ? null : { gaps: gapsForMeta(report.gaps), pauses: report.pauses, redactions: [...report.redactions] };
    for (const part of await endRecording(config.recordingsDir, id, known)) log.error({ recording: id, part }, 'a part of the recording cannot be read and is left as it lies');
  }

  /** What the recording reckons with, epoch ms: a clock that is set during a class does not move it. */
  get #nowMs(): number {
    const { nowUs } = this.#options.program;
    return nowUs === null ? Date.now() : nowUs / 1000;
  }
}
