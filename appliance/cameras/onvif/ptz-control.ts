import { CodedError } from '#kit/process/errors.ts';
import type { CameraCommand, Velocity } from '../ptz-camera.ts';
import type { PtzNode } from './connect.ts';
import { isStill } from './drive-pump.ts';
import type { OnvifClient, Operation } from './onvif-client.ts';
import { presetsOf, statusOf, type Position, type Preset, type PtzReading } from './ptz-status.ts';
import { SoapFault } from './soap.ts';
import { degreesToSpace, speedIn, velocityIn, zoomToSpace, type Reach } from './spaces.ts';
import { escapeXml, textAt, type XmlElement } from './xml.ts';

type Move = Extract<CameraCommand, { type: 'move-to' | 'move-by' }>;

/** A newer command waits behind this one: shorter than what a person forgives. */
const MOVE_TIMEOUT_MS = 2_000;

/** What a connected camera is told about its motors (PTZ specification, section 5). */
export class PtzControl {
  readonly #client: OnvifClient;
  readonly #node: PtzNode;
  readonly #profile: string;
  readonly #reach: Reach;
  /** Quirks that the camera showed by refusing. */
  #stopsByVelocity = false;
  #splitsAxes = false;

  constructor(client: OnvifClient, node: PtzNode, profileToken: string, reach: Reach) {
    this.#client = client;
    this.#node = node;
    this.#profile = escapeXml(profileToken);
    this.#reach = reach;
  }

  /** Only axes that move or did: an axis that is named is an axis that is moved. The `Timeout` is left out, for cameras ignore it. */
  async drive(velocity: Velocity, before: Velocity): Promise<void> {
    if (isStill(velocity)) return await this.stop();
    const turns = [velocity.pan, velocity.tilt, before.pan, before.tilt].some((part) => part !== 0) && this.#node.spaces.velocity !== null;
    const zooms = (velocity.zoom !== 0 || before.zoom !== 0) && this.#node.spaces.zoomVelocity !== null;
    if (!turns && !zooms) throw new CodedError('camera_cannot', 'This camera does not move this way.');
    if (!turns || !zooms) return await this.#move(velocity, turns ? 'turn' : 'zoom');
    if (!this.#splitsAxes) return await this.#moveBoth(velocity);
    await this.#move(velocity, 'turn');
    await this.#move(velocity, 'zoom');
  }

  /** Where `Stop` is unsupported, velocity zero. */
  async stop(): Promise<void> {
    if (this.#stopsByVelocity) return await this.#halt();
    try {
      await this.#ask((cam) => cam.stop({ profileToken: this.#profile, panTilt: true, zoom: true }, () => undefined));
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      this.#stopsByVelocity = error.isUnsupported;
      // Whatever the reason of the refusal: it must not go on.
      await this.#halt();
    }
  }

  /** Absolute for both: from where the camera says that it stands, so that a repeated request does not add up. */
  async moveTo(move: Move, from: Position): Promise<void> {
    const { position, zoomPosition, speed } = this.#node.spaces;
    if (position === null) throw new CodedError('camera_cannot', 'This camera takes no positions.');
    const base = move.type === 'move-to' ? { panDeg: 0, tiltDeg: 0 } : from;
    const aim = degreesToSpace(position, { panDeg: base.panDeg + move.panDeg, tiltDeg: base.tiltDeg + move.tiltDeg }, this.#reach);
    // The library would send 0 for an axis that is left out: then the zoom would open.
    const zoom = move.zoom === undefined || zoomPosition === null ? { onlySendPanTilt: true } : { zoom: zoomToSpace(zoomPosition, move.zoom, this.#reach), zoomspace: space(zoomPosition.uri) };
    const pace = move.speed === undefined || speed === null ? {} : { speed: { x: speedIn(speed, move.speed), y: speedIn(speed, move.speed) } };
    await this.#ask((cam) => cam.absoluteMove({ profileToken: this.#profile, ...aim, xyspace: space(position.uri), ...zoom, ...pace }, () => undefined));
  }

  async home(): Promise<void> {
    await this.#ask((cam) => cam.gotoHomePosition({ profileToken: this.#profile }, () => undefined));
  }

  async recall(preset: string): Promise<void> {
    await this.#ask((cam) => cam.gotoPreset({ profileToken: this.#profile, preset: escapeXml(preset) }, () => undefined));
  }

  /** Under this token of the camera's, else under one that it chooses; answers it where the camera tells. */
  async save(token: string | null, name: string): Promise<string | null> {
    const under = token === null ? {} : { presetToken: escapeXml(token) };
    const answer = await this.#ask((cam) => cam.setPreset({ profileToken: this.#profile, presetName: escapeXml(name.slice(0, 64)), ...under }, () => undefined));
    return textAt(answer, 'PresetToken') || null;
  }

  async clear(preset: string): Promise<void> {
    await this.#ask((cam) => cam.removePreset({ profileToken: this.#profile, presetToken: escapeXml(preset) }, () => undefined));
  }

  async presets(): Promise<Preset[]> {
    return this.#node.presets === 0 ? [] : presetsOf(await this.#ask((cam) => cam.getPresets({ profileToken: this.#profile }, () => undefined)));
  }

  async status(last: Position): Promise<PtzReading> {
    return statusOf(await this.#ask((cam) => cam.getStatus({ profileToken: this.#profile }, () => undefined)), this.#node.spaces, this.#reach, last);
  }

  /** Some take pan and tilt or zoom, never both at once. */
  async #moveBoth(velocity: Velocity): Promise<void> {
    try {
      await this.#move(velocity, 'both');
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      await this.#move(velocity, 'turn');
      await this.#move(velocity, 'zoom');
      this.#splitsAxes = true;
    }
  }

  async #halt(): Promise<void> {
    const still = { pan: 0, tilt: 0, zoom: 0 };
    if (this.#node.spaces.velocity !== null) await this.#move(still, 'turn');
    if (this.#node.spaces.zoomVelocity !== null) await this.#move(still, 'zoom');
  }

  async #move({ pan, tilt, zoom }: Velocity, what: 'turn' | 'zoom' | 'both'): Promise<void> {
    const { velocity, zoomVelocity } = this.#node.spaces;
    const turn = velocity === null ? {} : { x: velocityIn(velocity, pan, 'x'), y: velocityIn(velocity, tilt, 'y') };
    const lens = zoomVelocity === null ? {} : { zoom: velocityIn(zoomVelocity, zoom, 'x') };
    const only = what === 'turn' ? { onlySendPanTilt: true } : what === 'zoom' ? { onlySendZoom: true } : {};
    await this.#ask((cam) => cam.continuousMove({ profileToken: this.#profile, ...turn, ...lens, ...only }, () => undefined));
  }

  async #ask(operation: Operation): Promise<XmlElement> {
    return await this.#client.ask(operation, { timeoutMs: MOVE_TIMEOUT_MS });
  }
}


/** The library declares it a number, and pastes it as it is. */
function space(uri: string): number {
  return escapeXml(uri) as unknown as number;
}
