import type { NewPinRequest, PresetRequest, ReturnPicture, Session, Settings } from '#appliance/contract/api.ts';
import type { CareAction, FramingRequest } from '#appliance/contract/cameras.ts';
import type { HealthSeries, History } from '#appliance/contract/health.ts';
import type { LayoutRequest } from '#appliance/contract/layout.ts';
import type { SoundRequest } from '#appliance/contract/sound.ts';
import type { State } from '#appliance/contract/state.ts';
import { type ApiClient, createApiClient } from '#kit/ui/client/api-client.ts';
import type { Static } from 'typebox';

export type ExtendMinutes = 5 | 10 | 15;
export interface Drive {
  readonly pan: number;
  readonly tilt: number;
  readonly zoom: number;
}

/** The panel's API (appliance/contract/api.ts), a method a route. Every failure is an `ApiError`. */
export class BoxClient {
  readonly #api: ApiClient;
  readonly #token: () => string | null;

  constructor(token: () => string | null) {
    this.#token = token;
    this.#api = createApiClient({ token });
  }

  openSession = (pin: string) => this.#api.post<Static<typeof Session>>('/api/session', { pin });
  state = (signal?: AbortSignal) => this.#api.get<State>('/api/state', { signal });
  returnPicture = (signal?: AbortSignal) => this.#api.get<Static<typeof ReturnPicture>>('/api/return', { signal });

  start = () => this.#api.post<State>('/api/lesson/start', {});
  stop = () => this.#api.post<State>('/api/lesson/stop');
  pause = () => this.#api.post<State>('/api/lesson/pause');
  resume = () => this.#api.post<State>('/api/lesson/resume');
  extend = (minutes: ExtendMinutes) => this.#api.post<State>('/api/lesson/extend', { minutes });
  layout = (request: LayoutRequest) => this.#api.post<State>('/api/layout', request);
  sound = (source: string, request: SoundRequest) => this.#api.post<State>(`/api/sound/${encodeURIComponent(source)}`, request);
  stopSending = () => this.#api.post<State>('/api/stream/stop');
  sendAgain = () => this.#api.post<State>('/api/stream/resume');
  erase = (seconds: number) => this.#api.post<State>('/api/lesson/erase', { seconds });
  rehearse = () => this.#api.post<State>('/api/rehearsal');
  mute = (muted: boolean) => this.#api.post<State>('/api/mute', { muted });

  drive = (camera: string, drive: Drive) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/drive`, drive);
  stopCamera = (camera: string) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/stop`);
  frame = (camera: string, request: FramingRequest) => this.#api.post<State>(`/api/cameras/${encodeURIComponent(camera)}/framing`, request);
  centre = (camera: string, point: { readonly x: number; readonly y: number }) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/centre`, point);
  care = (camera: string, action: CareAction) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/care`, { do: action });
  runMacro = (id: string) => this.#api.post<State>(`/api/macros/${encodeURIComponent(id)}/run`);
  home = (camera: string) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/home`);
  recall = (camera: string, preset: string) => this.#api.post(`${presetPath(camera, preset)}/recall`);
  savePreset = (camera: string, preset: string, body: Static<typeof PresetRequest>) => this.#api.put(presetPath(camera, preset), body);

  openShare = () => this.#api.post<State>('/api/share/open');
  newShareCode = () => this.#api.post<State>('/api/share/code');
  endShare = () => this.#api.post<State>('/api/share/end');
  allowLaptop = (id: string) => this.#api.post<State>('/api/share/allow', { id });
  refuseLaptop = (id: string) => this.#api.post<State>('/api/share/refuse', { id });

  history = (series: HealthSeries, from: string, token: string, signal: AbortSignal) =>
    this.#api.get<History>(`/api/health/history?series=${series}&from=${encodeURIComponent(from)}`, { token, signal });
  settings = (token?: string, signal?: AbortSignal) => this.#api.get<Settings>('/api/settings', { token, signal });
  saveSettings = (settings: Settings, token: string) => this.#api.put<Settings>('/api/settings', settings, { token });
  changePin = (request: Static<typeof NewPinRequest>, token: string) => this.#api.put('/api/settings/pin', request, { token });

  /** An image element can't carry a bearer token: the code is fetched and shown from memory. */
  async claimQr(signal: AbortSignal): Promise<Blob> {
    return this.#file('/api/claim-qr.svg', signal);
  }

  /** A source as it looks now, as a data URL. */
  snapshot(source: string, signal: AbortSignal): Promise<string> {
    return this.#jpeg(`/api/sources/${encodeURIComponent(source)}/snapshot`, signal);
  }

  /** What a saved view looked like, as a data URL. */
  presetPicture(camera: string, preset: string): Promise<string> {
    return this.#jpeg(`${presetPath(camera, preset)}/picture`);
  }

  async #jpeg(path: string, signal?: AbortSignal): Promise<string> {
    const picture = await this.#file(path, signal);
    const bytes = new Uint8Array(await picture.arrayBuffer());
    return `data:image/jpeg;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
  }

  async #file(path: string, signal?: AbortSignal): Promise<Blob> {
    const response = await fetch(path, { headers: { authorization: `Bearer ${this.#token() ?? ''}` }, signal: signal ?? AbortSignal.timeout(8_000), cache: 'no-store' });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.blob();
  }
}

function presetPath(camera: string, preset: string): string {
  return `/api/cameras/${encodeURIComponent(camera)}/presets/${encodeURIComponent(preset)}`;
}
