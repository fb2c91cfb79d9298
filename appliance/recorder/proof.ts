import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { rmsDbfs } from '#kit/media/pcm.ts';
import { startChild, type Child, type ChildExit } from '#kit/process/child.ts';

/** For a fragment, from the moment it is handed over; then nothing more is handed over, which makes FFmpeg come to an end of it. */
const DECODED_WITHIN_MS = 3_000;
const ENDED_WITHIN_MS = 5_000;
const SOUND_HZ = 8_000;
/** s16le, one channel. */
const SOUND_BYTES_PER_MS = (2 * SOUND_HZ) / 1_000;
/** The resampler keeps some of it for what comes next. */
const NEARLY_ALL = 0.9;

/** Fragments on standard input; the first fault ends it. A keyframe alone is decoded: what follows depends on it, and decoding it all would cost as much as the encoder. */
const ARGUMENTS: readonly string[] = [
  '-hide_banner', '-nostats', '-loglevel', 'level+info', '-xerror', '-probesize', '32', '-analyzeduration', '0',
  '-threads', '1', '-flags', 'low_delay', '-skip_frame', 'nokey', '-f', 'mp4', '-i', 'pipe:0',
  '-map', '0:v:0', '-vf', 'showinfo=checksum=0', '-fps_mode', 'passthrough', '-f', 'null', '-',
  '-map', '0:a:0', '-ac', '1', '-ar', String(SOUND_HZ), '-flush_packets', '1', '-f', 's16le', 'pipe:1',
];

interface Proof {
  readonly picture: boolean;
  /** Of the fragment's sound, dBFS RMS; null where it has none that decodes. */
  readonly soundDbfs: number | null;
}

export interface Fragment {
  /** The part's initialisation segment. */
  readonly init: Buffer;
  readonly bytes: Buffer;
  readonly soundMs: number;
}

/**
 * What FFmpeg can decode of a recording: the test that counts, done by another program than the one that wrote it. One FFmpeg looks at all
 * fragments of a part, one at a time, for its start costs ten times what a look does.
 */
export class Prover {
  readonly #signal: AbortSignal;
  #decoding: { readonly init: Buffer; readonly ffmpeg: Decoding } | null = null;

  /** @param signal ends FFmpeg */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Null where FFmpeg came to no end of it in time, which says something of the machine and nothing of the recording. */
  async prove({ init, bytes, soundMs }: Fragment): Promise<Proof | null> {
    if (this.#decoding?.init.equals(init) !== true || !this.#decoding.ffmpeg.isGoingOn) {
      this.#decoding?.ffmpeg.kill();
      this.#decoding = { init, ffmpeg: new Decoding(init, this.#signal) };
    }
    const { ffmpeg } = this.#decoding;
    const proof = await ffmpeg.look(bytes, soundMs);
    if (!ffmpeg.isGoingOn) {
      ffmpeg.kill();
      this.#decoding = null;
    }
    return this.#signal.aborted ? null : proof;
  }

  /** Resolves when FFmpeg is gone, after the signal. */
  async ended(): Promise<void> {
    await this.#decoding?.ffmpeg.exited;
  }
}

/** One FFmpeg, for as long as it finds nothing to object to. */
class Decoding {
  readonly #child: Child;
  readonly #stop = new AbortController();
  #pictures = 0;
  #sound: Buffer[] = [];
  #soundBytes = 0;
  #objected = false;
  #exit: ChildExit | null = null;
  #noticed: () => void = () => undefined;

  constructor(init: Buffer, signal: AbortSignal) {
    this.#child = startChild('ffmpeg', ARGUMENTS, { name: 'proof', signal: AbortSignal.any([signal, this.#stop.signal]), killAfterMs: 0, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = this.#child.process;
    // Its end is told by its exit; a broken pipe only announces it.
    stdin?.on('error', () => undefined).write(init);
    stdout?.on('data', (samples: Buffer) => this.#heard(samples));
    createInterface({ input: stderr as Readable }).on('line', (line) => this.#said(line));
    void this.#child.exited.then((exit) => {
      this.#exit = exit;
      this.#noticed();
    });
  }

  get exited(): Promise<ChildExit> {
    return this.#child.exited;
  }

  /** It may be asked again. */
  get isGoingOn(): boolean {
    return this.#exit === null && !this.#objected && this.#child.process.stdin?.writable === true;
  }

  kill(): void {
    this.#stop.abort();
  }

  async look(fragment: Buffer, soundMs: number): Promise<Proof | null> {
    [this.#pictures, this.#sound, this.#soundBytes] = [0, [], 0];
    this.#child.process.stdin?.write(fragment);
    const isDecoded = (): boolean => this.#pictures > 0 && this.#soundBytes >= soundMs * SOUND_BYTES_PER_MS * NEARLY_ALL;
    await this.#until(() => isDecoded() || this.#isOver, DECODED_WITHIN_MS);
    if (isDecoded() && !this.#objected) return this.#proof(true);
    this.#child.process.stdin?.end();
    await this.#until(() => this.#isOver, ENDED_WITHIN_MS);
    return this.#isOver ? this.#proof(this.#pictures > 0 && !this.#objected && this.#exit?.code === 0) : null;
  }

  get #isOver(): boolean {
    return this.#objected || this.#exit !== null;
  }

  #proof(picture: boolean): Proof {
    return { picture, soundDbfs: this.#soundBytes === 0 ? null : rmsDbfs(Buffer.concat(this.#sound)) };
  }

  #heard(samples: Buffer): void {
    this.#sound.push(samples);
    this.#soundBytes += samples.length;
    this.#noticed();
  }

  #said(line: string): void {
    if (/\[(?:error|fatal|panic)\]/.test(line)) this.#objected = true;
    else if (/showinfo.* n: *\d+ pts:/.test(line)) this.#pictures += 1;
    else return;
    this.#noticed();
  }

  /** Asked whenever something came; resolves after `limitMs` at the latest. */
  async #until(holds: () => boolean, limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, limitMs);
    this.#noticed = () => holds() && resolve();
    this.#noticed();
    await promise;
    clearTimeout(timer);
    this.#noticed = () => undefined;
  }
}
