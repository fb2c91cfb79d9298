import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { WayMeasured } from './connection.ts';

interface Facts {
  readonly protocol: 'whip' | 'rtmp' | 'none';
  readonly bytesSent: number;
  readonly problem: string;
  readonly way: WayMeasured;
}

export interface StreamSwitchParts {
  readonly uplink: { begin(): void; end(options: { readonly classOver: boolean }): Promise<void>; facts(): Facts };
  /** Which class's sending was stopped: outlives the process. */
  readonly memory: { stoppedStream(): string | null; setStoppedStream(lesson: string | null): void };
  readonly lesson: () => { readonly id: string | null; readonly phase: string };
  readonly log: Log;
}

/**
 * "Stop sending": the class's uplink with a switch that the teacher holds. What is remembered is the class that was stopped, so that
 * a crash does not send it again by itself, and the next class is sent without anybody's doing.
 */
export class StreamSwitch {
  readonly #parts: StreamSwitchParts;
  #stopped: string | null;

  constructor(parts: StreamSwitchParts) {
    this.#parts = parts;
    this.#stopped = parts.memory.stoppedStream();
  }

  get stopped(): boolean {
    const { id } = this.#parts.lesson();
    return id !== null && id === this.#stopped;
  }

  begin(): void {
    if (!this.stopped) this.#parts.uplink.begin();
  }

  end(): Promise<void> {
    return this.#parts.uplink.end({ classOver: true });
  }

  /** Nothing leaves the box from this call on. */
  async stop(): Promise<void> {
    this.#remember(this.#runningClass());
    await this.#parts.uplink.end({ classOver: false });
  }

  resume(): void {
    this.#runningClass();
    this.#remember(null);
    this.#parts.uplink.begin();
  }

  facts(): Omit<Facts, 'way'> & { way: Omit<WayMeasured, 'layers'> & { layers: string[]; stopped: boolean } } {
    const facts = this.#parts.uplink.facts();
    return { ...facts, way: { ...facts.way, layers: [...facts.way.layers], stopped: this.stopped } };
  }

  #runningClass(): string {
    const { id, phase } = this.#parts.lesson();
    if (id !== null && phase !== 'idle' && phase !== 'ending') return id;
    throw new CodedError('no_class', 'No class is running in this room: nothing is being sent.', { status: 409 });
  }

  /** A full disk must not keep the teacher from stopping. */
  #remember(lesson: string | null): void {
    this.#stopped = lesson;
    try {
      this.#parts.memory.setStoppedStream(lesson);
    } catch (thrown) {
      this.#parts.log.error({ reason: reasonOf(thrown) }, 'that the stream was stopped could not be written down; it would not outlive a restart');
    }
  }
}
