import type { DiscoveredCamera, OnvifDetails } from '#appliance/contract/onvif.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { BoundedHttp } from './bounded-http.ts';
import { Discovery } from './discovery.ts';
import type { FoundDevice } from './found-devices.ts';
import { Logins, type KeptValues, type Sealer } from './logins.ts';
import { OnvifCamera } from './onvif-camera.ts';
import { OnvifClient } from './onvif-client.ts';
import { deviceAddress, type DiscoveryConfig, type OnvifConfig } from './onvif-config.ts';
import type { Credentials } from './request-writer.ts';
import { SavedViews } from './saved-views.ts';

export interface OnvifRoomOptions {
  readonly config: { readonly cameras: readonly { readonly id: string; readonly onvif?: OnvifConfig }[]; readonly cameraDiscovery?: DiscoveryConfig };
  readonly seal: Sealer;
  readonly kept: KeptValues;
  readonly clock: { nowMs(): number };
  readonly log: Log;
}

const LOOK_TIMEOUT_MS = 3_000;

/** The room's ONVIF cameras, what is found beside them, and what an installer asks and tells. */
export class OnvifRoom {
  readonly #cameras: ReadonlyMap<string, { readonly camera: OnvifCamera; readonly config: OnvifConfig }>;
  readonly #logins: Logins;
  readonly #discovery: Discovery;

  constructor({ config, seal, kept, clock, log }: OnvifRoomOptions) {
    this.#logins = new Logins(seal, kept);
    this.#discovery = new Discovery(config.cameraDiscovery ?? {}, log);
    this.#cameras = new Map(config.cameras.flatMap(({ id, onvif }) => {
      if (onvif === undefined) return [];
      const camera = new OnvifCamera({ id, config: onvif, credentials: () => this.#logins.of(id, onvif), views: new SavedViews(kept, id), clock, log });
      return [[id, { config: onvif, camera }] as const];
    }));
  }

  /** Looks for cameras; each of the room's own runs by itself. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#discovery.run(signal);
  }

  /** @throws CodedError `unknown_camera`, from this and every method that names one */
  camera(id: string): OnvifCamera {
    return this.#entry(id).camera;
  }

  /** Of `onvif:CAMERA` or `onvif:CAMERA/PROFILE`. @throws CodedError `camera_unreachable`, `camera_cannot` */
  async sourceAddress(url: string): Promise<string> {
    const [, id = '', profile] = /^onvif:([^/]+)(?:\/(.+))?$/.exec(url) ?? [];
    return await this.camera(id).streamAddress(profile === undefined ? undefined : decodeURIComponent(profile));
  }

  async discovered(): Promise<DiscoveredCamera[]> {
    return (await this.#discovery.devices()).map((device) => this.#told(device));
  }

  /** A camera that answers no probe. @throws CodedError `camera_unreachable`, `camera_timeout`, `camera_untrusted`, `camera_bad_answer` */
  async look(url: string): Promise<DiscoveredCamera> {
    const address = deviceAddress(url);
    const http = new BoundedHttp('any');
    const client = new OnvifClient(http, address, null, AbortSignal.timeout(LOOK_TIMEOUT_MS));
    try {
      await client.ask((cam) => cam.getSystemDateAndTime(() => undefined), { anonymous: true });
    } catch (error) {
      // It asks who wants to know: there is one.
      if (!(error instanceof CodedError && error.code === 'wrong_password')) throw error;
    } finally {
      http.close();
    }
    return this.#told({ endpoint: address.href, url: address.href, name: '', model: '', scopes: [] });
  }

  details(id: string): OnvifDetails {
    const { camera } = this.#entry(id);
    const { link, advice } = camera.status();
    const { manufacturer = '', model = '', firmware = '', serial = '', services = [], missing = [], profiles = [] } = camera.device() ?? {};
    return {
      connected: link === 'ok', advice, manufacturer, model, firmware, serial, services: [...services], missing: [...missing],
      profiles: profiles.map(({ name, encoding, width, height, ptzConfiguration }) => ({ name, encoding, width, height, moves: ptzConfiguration !== null, source: `onvif:${id}/${encodeURIComponent(name)}` })),
      notices: camera.notices().map(({ atMs, ...notice }) => ({ ...notice, at: new Date(atMs).toISOString() })),
    };
  }

  setLogin(id: string, login: Credentials): void {
    const { camera } = this.#entry(id);
    this.#logins.set(id, login);
    camera.reconnect();
  }

  async still(id: string): Promise<Buffer> {
    return await this.camera(id).still();
  }

  async reboot(id: string): Promise<void> {
    await this.camera(id).reboot();
  }

  #told(device: FoundDevice): DiscoveredCamera {
    const host = new URL(device.url).host;
    const used = [...this.#cameras].find(([, { config }]) => new URL(config.url).host === host);
    return { ...device, scopes: [...device.scopes], usedBy: used?.[0] ?? null };
  }

  #entry(id: string): { readonly camera: OnvifCamera; readonly config: OnvifConfig } {
    const entry = this.#cameras.get(id);
    if (entry === undefined) throw new CodedError('unknown_camera', `This room has no ONVIF camera "${id}".`, { status: 404 });
    return entry;
  }
}
