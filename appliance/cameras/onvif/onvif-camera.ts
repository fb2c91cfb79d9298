import { CodedError, codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import { untilOneEnds } from '#kit/process/until-one-ends.ts';
import type { CameraCapabilities, CameraCommand, CameraStatus, PtzCamera, Velocity } from '../ptz-camera.ts';
import { STILL } from '../ptz-camera.ts';
import { BoundedHttp } from './bounded-http.ts';
import { capabilitiesOf, reachOf } from './capabilities.ts';
import { connectDevice, type OnvifDevice } from './connect.ts';
import { DrivePump } from './drive-pump.ts';
import { LensControl } from './lens-control.ts';
import { still, streamAddress } from './media.ts';
import { isMoving, next, UNMOVED, type Motion } from './motion.ts';
import type { Notice } from './notices.ts';
import { OnvifClient } from './onvif-client.ts';
import { deviceAddress, type OnvifConfig } from './onvif-config.ts';
import { PtzControl } from './ptz-control.ts';
import { pullNotices } from './pull-point.ts';
import type { Credentials } from './request-writer.ts';
import type { SavedViews } from './saved-views.ts';

export interface OnvifCameraOptions {
  readonly id: string;
  readonly config: OnvifConfig;
  /** Asked for at every connection: a corrected password is used at once. */
  readonly credentials: () => Credentials | null;
  readonly views: SavedViews;
  readonly clock: { nowMs(): number };
  readonly log: Log;
}

/** A camera as it is while it is connected. */
interface Session {
  readonly client: OnvifClient;
  readonly credentials: Credentials | null;
  readonly device: OnvifDevice;
  readonly ptz: PtzControl | null;
  readonly lens: LensControl | null;
}

const POLL_MOVING_MS = 200;
const POLL_RESTING_MS = 1_000;
/** Others may save presets too. */
const PRESETS_EVERY_MS = 30_000;
/** Longer than one question may take. */
const SILENCE_MS = 4_500;
/** In a row, unanswered. */
const MAX_FAILURES = 3;
/** Cameras lock out whoever tries wrong passwords too often. */
const AFTER_WRONG_PASSWORD_MS = 60_000;
const MAX_NOTICES = 32;
const FIRST_ADVICE = 'The camera was not reached yet.';
const SILENT_ADVICE = 'The camera does not answer. Check its power and network cable.';

/** A camera that speaks ONVIF. Its position comes from asking, never from what was sent. */
export class OnvifCamera implements PtzCamera {
  readonly #options: OnvifCameraOptions;
  readonly #pump: DrivePump;
  #session: Session | null = null;
  #motion: Motion = UNMOVED;
  #notices: (Notice & { readonly atMs: number })[] = [];
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #advice = FIRST_ADVICE;
  #retry = new AbortController();

  constructor(options: OnvifCameraOptions) {
    this.#options = options;
    this.#pump = new DrivePump((velocity, before) => this.#bring(velocity, before));
  }

  capabilities(): CameraCapabilities {
    const device = this.#session?.device ?? null;
    return capabilitiesOf(device, reachOf(this.#options.config, device?.ptz?.spaces ?? null));
  }

  status(): CameraStatus {
    const nowMs = this.#options.clock.nowMs();
    const session = this.#session;
    const ok = this.#answers();
    const { manufacturer = '', model = '', firmware = '' } = session?.device ?? {};
    const focus = session?.lens?.settings.focus ?? null;
    return {
      ...this.#motion.position, link: ok ? 'ok' : 'lost', moving: ok && isMoving(this.#motion, nowMs), advice: ok ? '' : this.#silence(), presets: this.#options.views.list(),
      ...(focus === null ? {} : { focus }), ...(session === null ? {} : { version: `${manufacturer} ${model} ${firmware}`.trim() }),
    };
  }

  drive(velocity: Velocity): void {
    this.#pump.drive(velocity);
  }

  stop(): void {
    this.#pump.drive(STILL);
  }

  async execute(command: CameraCommand): Promise<void> {
    const session = this.#connected();
    if (!this.#answers()) throw this.#unreachable();
    if (!this.capabilities().commands.includes(command.type)) throw new CodedError('camera_cannot', 'This camera cannot do that.');
    try {
      await this.#perform(session, command);
    } catch (error) {
      throw codeOf(error) === 'camera_timeout' ? this.#unreachable(error) : error;
    }
  }

  /** What it is, for whoever sets it up. Null while it is away. */
  device(): OnvifDevice | null {
    return this.#session?.device ?? null;
  }

  /** The newest last. */
  notices(): readonly (Notice & { readonly atMs: number })[] {
    return this.#notices;
  }

  /** With name and password: never to be logged. @throws CodedError `camera_unreachable`, `camera_cannot` */
  async streamAddress(profile?: string): Promise<string> {
    const { client, device, credentials } = this.#connected();
    return await streamAddress(client, device, credentials, profile);
  }

  /** JPEG. @throws CodedError `camera_unreachable`, `camera_cannot` */
  async still(profile?: string): Promise<Buffer> {
    const { client, device } = this.#connected();
    return await still(client, device, profile);
  }

  async reboot(): Promise<void> {
    await this.#connected().client.askFor('device', '<SystemReboot xmlns="http://www.onvif.org/ver10/device/wsdl"/>');
  }

  /** Name or password changed: tried at once. */
  reconnect(): void {
    this.#retry.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#retry = new AbortController();
    const http = new BoundedHttp(this.#options.config.trust ?? 'system');
    // Outlives the signal for as long as it takes to stop the head and to give the subscription back.
    const lifeline = new AbortController();
    try {
      await this.#hold(http, lifeline.signal, AbortSignal.any([signal, this.#retry.signal]));
    } catch (error) {
      this.#advice = reasonOf(error);
      // One that was right before: the camera's clock was set, or the password changed there. Looking again tells which.
      const neverRight = this.#session === null;
      if (codeOf(error) === 'wrong_password' && neverRight) await sleep(AFTER_WRONG_PASSWORD_MS, AbortSignal.any([signal, this.#retry.signal]));
      if (!signal.aborted) throw error;
    } finally {
      this.#session = null;
      lifeline.abort();
      http.close();
    }
  }

  async #hold(http: BoundedHttp, lifeline: AbortSignal, signal: AbortSignal): Promise<void> {
    const { config, credentials, log, id } = this.#options;
    const who = credentials();
    const client = new OnvifClient(http, deviceAddress(config.url), who, lifeline);
    const device = await orAborted(connectDevice(client, config.profile), signal);
    if (device === null) return;
    this.#session = this.#sessionOf(client, who, device);
    this.#heardAtMs = this.#options.clock.nowMs();
    log.info({ camera: id, model: device.model, missing: device.missing }, 'an ONVIF camera is connected');
    await untilOneEnds(signal, [
      (scope) => (this.#session?.ptz == null ? sleep(2 ** 31 - 1, scope) : this.#pump.run(scope)),
      (scope) => this.#watch(scope),
      (scope) => this.#listen(client, device, scope),
    ]);
  }

  #sessionOf(client: OnvifClient, credentials: Credentials | null, device: OnvifDevice): Session {
    const { ptz, imaging, profile } = device;
    const reach = reachOf(this.#options.config, ptz?.spaces ?? null);
    return {
      client, credentials, device,
      ptz: ptz === null || profile === null ? null : new PtzControl(client, ptz, profile.token, reach),
      lens: imaging === null || profile?.videoSource == null ? null : new LensControl(client, imaging, profile.videoSource),
    };
  }

  async #bring(velocity: Velocity, before: Velocity): Promise<void> {
    const ptz = this.#session?.ptz ?? null;
    if (ptz === null) throw new CodedError('camera_cannot', 'This camera does not move.');
    await ptz.drive(velocity, before);
    this.#commanded();
  }

  async #perform({ ptz, lens }: Session, command: CameraCommand): Promise<void> {
    switch (command.type) {
      case 'home':
        await ptz?.home();
        return this.#commanded();
      case 'move-to':
      case 'move-by':
        await ptz?.moveTo(command, this.#motion.position);
        return this.#commanded();
      case 'preset-recall':
        if (ptz !== null) await this.#options.views.recall(command.preset, ptz);
        return this.#commanded();
      case 'preset-save':
        return ptz === null ? undefined : await this.#options.views.save(command.preset, command.name, ptz);
      case 'preset-clear':
        return ptz === null ? undefined : await this.#options.views.clear(command.preset, ptz);
      case 'focus': case 'focus-drive': case 'exposure': case 'white-balance': case 'backlight': case 'infrared':
        return await lens?.execute(command as Parameters<LensControl['execute']>[0]);
      case 'tally': case 'power': case 'limits':
        throw new CodedError('camera_cannot', 'This camera cannot do that.');
    }
  }

  #commanded(): void {
    this.#motion = next(this.#motion, { type: 'commanded', atMs: this.#options.clock.nowMs() });
  }

  /** Asks where the head is, for as long as it answers. */
  async #watch(signal: AbortSignal): Promise<void> {
    let presetsAtMs = Number.NEGATIVE_INFINITY;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#read();
        const nowMs = this.#options.clock.nowMs();
        if (nowMs - presetsAtMs > PRESETS_EVERY_MS) await this.#readSettings();
        presetsAtMs = nowMs - presetsAtMs > PRESETS_EVERY_MS ? nowMs : presetsAtMs;
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures >= MAX_FAILURES || codeOf(error) === 'wrong_password') throw error;
      }
      await sleep(this.#pump.busy || isMoving(this.#motion, this.#options.clock.nowMs()) ? POLL_MOVING_MS : POLL_RESTING_MS, signal);
    }
  }

  async #read(): Promise<void> {
    const { client, ptz } = this.#connected();
    const reading = ptz === null ? null : await ptz.status(this.#motion.position);
    // Where there is no position to ask for, the time will do as a sign of life.
    if (reading === null) await client.ask((cam) => cam.getSystemDateAndTime(() => undefined), { anonymous: true });
    const nowMs = this.#options.clock.nowMs();
    this.#heardAtMs = nowMs;
    if (reading !== null) this.#motion = next(this.#motion, { type: 'read', ...reading, atMs: nowMs });
  }

  async #readSettings(): Promise<void> {
    const { ptz = null, lens = null } = this.#session ?? {};
    if (ptz !== null) await this.#options.views.read(ptz);
    await lens?.read();
  }

  /** Events are a convenience: their trouble is theirs alone. */
  async #listen(client: OnvifClient, device: OnvifDevice, signal: AbortSignal): Promise<void> {
    const { id, log } = this.#options;
    if (!device.services.includes('events')) return await sleep(2 ** 31 - 1, signal);
    await supervise(`camera ${id} events`, (scope) => pullNotices(client, (notice) => this.#noticed(notice), scope), { signal, log, maxDelayMs: 60_000 });
  }

  #noticed(notice: Notice): void {
    this.#notices = [...this.#notices, { ...notice, atMs: this.#options.clock.nowMs() }].slice(-MAX_NOTICES);
    if (notice.kind === 'tamper' && notice.active === true) this.#options.log.warn({ camera: this.#options.id, topic: notice.topic }, 'a camera was covered or turned away');
  }

  #answers(): boolean {
    return this.#session !== null && this.#options.clock.nowMs() - this.#heardAtMs < SILENCE_MS;
  }

  /** What to do about a lost link: as the last attempt ended, or that a connection went quiet. */
  #silence(): string {
    return this.#session === null ? this.#advice : SILENT_ADVICE;
  }

  #unreachable(cause?: unknown): CodedError {
    return new CodedError('camera_unreachable', this.#silence(), { status: 503, cause });
  }

  #connected(): Session {
    if (this.#session === null) throw this.#unreachable();
    return this.#session;
  }
}

/** Null when the signal came first. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => resolve(null);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
