import type { NewPinRequest, PresetRequest, ReturnPicture, Session, Settings } from '#appliance/contract/api.ts';
import type { LayoutId, State } from '#appliance/contract/state.ts';
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
  layout = (id: LayoutId) => this.#api.post<State>('/api/layout', { id });
  mute = (muted: boolean) => this.#api.post<State>('/api/mute', { muted });

  drive = (camera: string, drive: Drive) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/drive`, drive);
  stopCamera = (camera: string) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/stop`);
  home = (camera: string) => this.#api.post(`/api/cameras/${encodeURIComponent(camera)}/home`);
  recall = (camera: string, preset: string) => this.#api.post(`${presetPath(camera, preset)}/recall`);
  savePreset = (camera: string, preset: string, body: Static<typeof PresetRequest>) => this.#api.put(presetPath(camera, preset), body);

  settings = (token?: string) => this.#api.get<Settings>('/api/settings', { token });
  saveSettings = (settings: Settings, token: string) => this.#api.put<Settings>('/api/settings', settings, { token });
  changePin = (request: Static<typeof NewPinRequest>, token: string) => this.#api.put('/api/settings/pin', request, { token });

  /** An image element can't carry a bearer token: the code is fetched and shown from memory. */
  async claimQr(signal: AbortSignal): Promise<Blob> {
    const response = await fetch('/api/claim-qr.svg', { headers: { authorization: `Bearer ${this.#token() ?? ''}` }, signal });
    if (!response.ok) throw new Error(`claim-qr.svg answered ${response.status}`);
    return response.blob();
  }
}

function presetPath(camera: string, preset: string): string {
  return `/api/cameras/${encodeURIComponent(camera)}/presets/${encodeURIComponent(preset)}`;
}
