import type { ShareRoom, ShareSession, ShareStanding } from '#appliance/contract/share.ts';
import { ApiError, createApiClient } from '#kit/ui/client/api-client.ts';
import { readStored, writeStored } from '#kit/ui/client/stored.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { keepSending } from './keep-sending.ts';
import { sendScreen } from './send-screen.ts';
import { FIRST, isOn, next, type Step, type StepEvent } from './step.ts';

const NAME = 'lectern.share-name';
const ASK_EVERY_MS = 1_000;

/** A laptop's share from the code to the last frame: what the page shows, and what it does. */
export class ScreenShare {
  #step = $state.raw<Step>(canCapture() ? FIRST : { name: 'unable' });
  #room = $state.raw<ShareRoom | null>(null);
  #stream = $state.raw<MediaStream | null>(null);
  #token: string | null = null;
  #sending = new AbortController();
  readonly #api = createApiClient({ token: () => this.#token });
  readonly lastName = readStored(NAME) ?? '';

  get step(): Step {
    return this.#step;
  }
  /** Null until the box has answered, and while it does not. */
  get room(): ShareRoom | null {
    return this.#room;
  }
  /** What is captured, to show it small to its owner. */
  get stream(): MediaStream | null {
    return this.#stream;
  }

  async join(code: string, name: string): Promise<void> {
    writeStored(NAME, name);
    try {
      const { token, standing } = await this.#api.post<ShareSession>('/share/session', { code, name });
      this.#token = token;
      this.#move({ type: 'stood', standing });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { retryAfterMs } = error.details;
      this.#move({ type: 'refused', refusal: { code: error.code, retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : 0 } });
    }
  }

  /** Call it from a press: the browser asks what to show only then. A person who chooses nothing stays where they were. */
  async choose(): Promise<void> {
    const stream = await navigator.mediaDevices
      .getDisplayMedia({ video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 15, max: 15 } }, audio: true })
      .catch((error: unknown) => {
        if (error instanceof DOMException) return null;
        throw error;
      });
    if (stream === null) return;
    // Choosing takes a person's time: the class may be over by now, or the seat gone, and nobody would stop what is captured.
    if (this.#step.name !== 'ready') return stopAll(stream);
    this.#stream = stream;
    stream.getVideoTracks()[0]?.addEventListener('ended', () => this.stop());
    this.#move({ type: 'chose' });
    this.#sending = new AbortController();
    const { signal } = this.#sending;
    const connect = (scope: AbortSignal) => sendScreen(stream, { url: '/share/whip', token: this.#token ?? '' }, scope);
    await keepSending({ connect, tell: (type) => this.#move({ type }), nowMs: () => performance.now(), pause }, signal);
  }

  stop(): void {
    this.#move({ type: 'stopped' });
  }

  again(): void {
    if (this.#step.name === 'waiting') this.#api.delete('/share/session').catch(() => undefined);
    this.#move({ type: 'again' });
  }

  /** Looks at the room, and at this laptop's standing in it, until the page ends. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await pause(ASK_EVERY_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    try {
      this.#room = await this.#api.get<ShareRoom>('/share/room', { signal });
      if (this.#token === null || this.#step.name === 'joining' || this.#step.name === 'ended') return;
      const { standing } = await this.#api.get<{ standing: ShareStanding }>('/share/session', { signal });
      this.#move({ type: 'stood', standing });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The box knows this session no more: another class, or another laptop has the seat.
      if (error.status === 401) this.#move({ type: 'stood', standing: 'over' });
      if (error.status === 0) this.#room = null;
    }
  }

  #move(event: StepEvent): void {
    const wasOn = isOn(this.#step);
    this.#step = next(this.#step, event);
    if (!wasOn || isOn(this.#step)) return;
    this.#sending.abort();
    if (this.#stream !== null) stopAll(this.#stream);
    this.#stream = null;
  }
}

function stopAll(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Phones have no way to capture their screen, and no page has it without HTTPS. */
function canCapture(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}
