import { CodedError, codeOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { CaptureOptions, CaptureSource, ResolveAddress } from './capture-source.ts';
import { RtspCapture } from './rtsp-capture.ts';

/** A camera that is there answers within this; one that is away must not be waited for here, for it is watched for at the address that it had. */
const ANSWER_MS = 300;
/** Whoever answers like this may have another address by now, or another password: trying the old one again and again locks accounts. */
const OUTDATED: readonly string[] = ['rtsp_refused', 'rtsp_unreachable', 'no_stream'];

/** A source whose address its camera has to be asked for first: it may be another one after the camera was set up anew. */
export class ResolvedCapture implements CaptureSource {
  readonly #options: CaptureOptions;
  readonly #resolve: ResolveAddress | undefined;
  #capture: { readonly url: string; readonly rtsp: RtspCapture } | null = null;

  constructor(options: CaptureOptions, resolve: ResolveAddress | undefined) {
    this.#options = options;
    this.#resolve = resolve;
  }

  reported(ageMs: number | null): void {
    this.#capture?.rtsp.reported(ageMs);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { source } = this.#options;
    const url = await this.#address(signal);
    // What was learnt about a stream holds for as long as its address does.
    if (this.#capture?.url !== url) {
      this.#forget();
      this.#capture = { url, rtsp: new RtspCapture({ ...this.#options, source: { ...source, url } }) };
    }
    try {
      await this.#capture.rtsp.run(signal);
    } catch (error) {
      if (OUTDATED.includes(codeOf(error))) this.#forget();
      throw error;
    }
  }

  #forget(): void {
    this.#capture?.rtsp.dismiss();
    this.#capture = null;
  }

  /** The one that it had before where the camera does not answer soon. Refused there, it is forgotten, and the camera's own answer waited for. */
  async #address(signal: AbortSignal): Promise<string> {
    const { source } = this.#options;
    if (this.#resolve === undefined) throw new CodedError('no_camera', `${source.name}: there is nobody to ask for the address of ${source.url}.`);
    const asked = this.#resolve(source.url);
    const before = this.#capture?.url;
    if (before === undefined) return await asked;
    return await Promise.race([asked.catch(() => before), sleep(ANSWER_MS, signal).then(() => before)]);
  }
}
