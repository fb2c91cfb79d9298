import type { FramingRequest } from '#appliance/contract/cameras.ts';
import type { SoundRequest } from '#appliance/contract/sound.ts';
import type { State } from '#appliance/contract/state.ts';
import { callApi } from '../demo/api.ts';
import type { DemoFile } from '../demo/demo.ts';
import { eventually, type Patience } from './eventually.ts';

/** The box in the room, as its panel reaches it. */
export class RoomBox {
  readonly #url: string;
  readonly #token: string;

  constructor({ panel }: DemoFile) {
    this.#url = new URL('/', panel.url).origin;
    this.#token = panel.token;
  }

  get url(): string {
    return this.#url;
  }

  state(): Promise<State> {
    return this.#call('GET', 'state');
  }

  start(title?: string): Promise<State> {
    return this.#call('POST', 'lesson/start', title === undefined ? {} : { title });
  }

  stop(): Promise<State> {
    return this.#call('POST', 'lesson/stop');
  }

  pause(): Promise<State> {
    return this.#call('POST', 'lesson/pause');
  }

  sound(source: string, request: SoundRequest): Promise<State> {
    return this.#call('POST', `sound/${source}`, request);
  }

  layout(id: State['layout']): Promise<State> {
    return this.#call('POST', 'layout', { id });
  }

  frame(camera: string, request: FramingRequest): Promise<State> {
    return this.#call('POST', `cameras/${camera}/framing`, request);
  }

  /** How a source looks: JPEG. @throws Error with the status that the box answers */
  async still(source: string): Promise<Buffer> {
    const response = await fetch(`${this.#url}/api/sources/${source}/snapshot`, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** The first state of which `holds` is true. @throws Error with the state at the end of patience */
  async until(what: string, holds: (state: State) => boolean, patience?: Patience): Promise<State> {
    let last: State | undefined;
    try {
      return await eventually(what, async () => (holds((last = await this.state())) ? last : undefined), patience);
    } catch (error) {
      throw new Error(`${String(error)}\n${JSON.stringify(briefly(last), null, 1)}`, { cause: error });
    }
  }

  /** Ends whatever runs and waits until the room is at rest. */
  async rest(): Promise<void> {
    const { lesson } = await this.state();
    if (lesson.phase === 'live' || lesson.phase === 'paused' || lesson.phase === 'preparing') await this.stop();
    await this.until('the class to end', (state) => state.lesson.phase === 'idle');
  }

  #call(method: string, path: string, body?: unknown): Promise<State> {
    return callApi<State>(`${this.#url}/api/${path}`, { method, token: this.#token, body });
  }
}

function briefly(state: State | undefined): object {
  if (state === undefined) return { state: 'none' };
  const { lesson, recording, stream, cloud, notReady, encoder, sources } = state;
  return { lesson, recording, stream, cloud, notReady, encoder: { name: encoder.name, fps: encoder.fps }, sources: sources.map(({ id, signal, verdict }) => ({ id, signal, verdict })) };
}
