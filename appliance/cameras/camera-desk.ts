import { systemClock, type Clock } from '#kit/media/clock.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { createLog, type Log } from '#kit/process/log.ts';
import type { CameraSettings, CameraState, CareAction, FramingRequest } from '../contract/cameras.ts';
import { checkSettings } from './desk/check-settings.ts';
import { OPERATOR } from './desk/holder.ts';
import type { PresetPositions } from './desk/preset-keeper.ts';
import { near } from './desk/recall-verdict.ts';
import type { PresetPictures } from './desk/preset-pictures.ts';
import { Station } from './desk/station.ts';
import type { CameraOperator } from './operator.ts';
import type { PtzCamera, Velocity } from './ptz-camera.ts';

export interface DeskCamera {
  readonly id: string;
  readonly name: string;
  readonly head: PtzCamera;
  /** Names the installer gave in the configuration. */
  readonly presets: Readonly<Record<string, string>>;
}

export interface PresetNames {
  list(camera: string): readonly { readonly id: string; readonly name: string }[];
  name(camera: string, preset: string, name: string): void;
}

/** What an installer said of a camera. */
export interface CameraSetup {
  /** The source whose picture it takes. */
  readonly source: string | null;
  readonly fieldOfViewDeg: number | null;
  /** Until somebody sets them on the panel. */
  readonly settings: CameraSettings;
}

/** The room around the cameras. */
export interface DeskRoom {
  readonly setup: (camera: string) => CameraSetup;
  readonly memory: PresetPositions & {
    cameraSettings(camera: string): CameraSettings | null;
    setCameraSettings(camera: string, settings: CameraSettings): void;
  };
  /** The sources in the picture that students see now. */
  readonly sourcesOnAir: () => readonly string[];
  /** A class runs or is about to. */
  readonly classNear: () => boolean;
  readonly pictures: Pick<PresetPictures, 'takenAt' | 'read' | 'keep' | 'remove'> | null;
  /** The source's picture now, as JPEG. */
  readonly snapshot: (source: string) => Promise<Buffer>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

export const USUAL_SETTINGS: CameraSettings = { onAirMoves: 'smooth', limits: null, parking: null };

/** All cameras of the room: who drives them, how far and how fast, and their saved views. */
export class CameraDesk {
  readonly #cameras: ReadonlyMap<string, DeskCamera>;
  readonly #stations: ReadonlyMap<string, Station>;
  readonly #names: PresetNames;
  readonly #room: DeskRoom;
  readonly #operators = new Map<string, CameraOperator>();
  readonly #onTouch = new Set<(camera: string) => void>();

  constructor(cameras: readonly DeskCamera[], names: PresetNames, room: DeskRoom = bareRoom()) {
    this.#cameras = new Map(cameras.map((camera) => [camera.id, camera]));
    this.#names = names;
    this.#room = room;
    this.#stations = new Map(cameras.map((camera) => [camera.id, this.#stationOf(camera)]));
  }

  get ids(): readonly string[] {
    return [...this.#cameras.keys()];
  }

  /** From now on this operator may move the camera while nobody else does. */
  operate(id: string, operator: CameraOperator): void {
    this.#operators.set(this.#camera(id).id, operator);
  }

  /** @throws CodedError `camera_cannot` */
  frame(id: string, request: FramingRequest): void {
    const { name } = this.#camera(id);
    const operator = this.#operators.get(id);
    if (operator === undefined) throw new CodedError('camera_cannot', `${name} has no automatic operator in this room.`, { status: 400 });
    operator.frame(request);
  }

  /** `owner` names the connection, so that its end stops what it drove. @throws CodedError `camera_on_air` */
  drive(id: string, velocity: Velocity, owner: string): void {
    const heard = this.#station(id).drive(velocity, owner);
    if (heard) this.#touched(id);
  }

  /** The automatic operator's wish; false, and nothing done, while a person drives. */
  driveByItself(id: string, velocity: Velocity): boolean {
    return this.#station(id).drive(velocity, OPERATOR);
  }

  stop(id: string): void {
    this.#station(id).stop();
  }

  /** The connection is gone: whatever it was driving stops now. */
  release(owner: string): void {
    for (const station of this.#stations.values()) station.release(owner);
  }

  async home(id: string): Promise<void> {
    this.#touched(id);
    await this.#station(id).home();
  }

  async centre(id: string, point: { readonly x: number; readonly y: number }): Promise<void> {
    this.#touched(id);
    await this.#station(id).centre(point);
  }

  async recall(id: string, preset: string): Promise<void> {
    this.#touched(id);
    await this.#station(id).recall(preset);
  }

  /** As a step of a macro, which is not a touch that would end the macro. */
  async view(id: string, preset: string): Promise<void> {
    this.#operators.get(id)?.touched();
    await this.#station(id).recall(preset);
  }

  /** The camera keeps the position, the box the name, the position too, and what the view looks like. */
  async save(id: string, preset: string, name: string): Promise<void> {
    await this.#station(id).save(preset, name);
    this.#names.name(id, preset, name);
    await this.#takePicture(id, preset);
  }

  async care(id: string, action: CareAction): Promise<void> {
    await this.#station(id).care(action);
  }

  head(id: string): PtzCamera {
    return this.#camera(id).head;
  }

  sourceOf(id: string): string | null {
    return this.#room.setup(id).source;
  }

  /** The cameras whose picture students see now. */
  idsOnAir(): readonly string[] {
    return this.ids.filter((id) => this.#station(id).onAir);
  }

  /** Students watch it, and it is set to stand still for them. */
  standsOnAir(id: string): boolean {
    return this.#station(id).moves === 'refuse';
  }

  presets(id: string): readonly string[] {
    return this.#presets(this.#camera(id)).map((preset) => preset.id);
  }

  /** As far as the box remembers where the view is. */
  standsAt(id: string, preset: string): boolean {
    const status = this.#camera(id).head.status();
    const remembered = this.#room.memory.position(id, preset);
    return remembered !== null && !status.moving && near(status, remembered);
  }

  /** @throws CodedError `no_picture` */
  async picture(id: string, preset: string): Promise<Buffer> {
    this.#camera(id);
    if (this.#room.pictures === null) throw new CodedError('no_picture', 'This room keeps no pictures of views.', { status: 404 });
    return this.#room.pictures.read(id, preset);
  }

  settings(id: string): CameraSettings {
    this.#camera(id);
    return this.#room.memory.cameraSettings(id) ?? this.#room.setup(id).settings;
  }

  /** @throws CodedError `bad_limits`, `unknown_preset` */
  setSettings(id: string, settings: CameraSettings): void {
    checkSettings(settings, this.presets(id));
    this.#room.memory.setCameraSettings(id, settings);
  }

  /** Called with the camera's id whenever a person moves one. Returns the end of it. */
  onTouch(listener: (camera: string) => void): () => void {
    this.#onTouch.add(listener);
    return () => this.#onTouch.delete(listener);
  }

  /** Called a few times a second. */
  tick(): void {
    for (const station of this.#stations.values()) station.tick(this.#room.classNear());
  }

  states(): CameraState[] {
    return [...this.#cameras.values()].map((camera) => ({ ...this.#station(camera.id).state(), presets: this.#presets(camera), ...this.#framing(camera.id) }));
  }

  #framing(id: string): Pick<CameraState, 'framing'> {
    const operator = this.#operators.get(id);
    return operator === undefined ? {} : { framing: operator.state() };
  }

  /** The teacher's names before the installer's, and both before the camera's own. */
  #presets({ id, head, presets: installed }: DeskCamera): CameraState['presets'] {
    const names = new Map((head.status().presets ?? []).map((preset) => [preset.id, preset.name]));
    for (const [preset, name] of Object.entries(installed)) names.set(preset, name);
    for (const preset of this.#names.list(id)) names.set(preset.id, preset.name);
    return [...names].map(([preset, name]) => ({ id: preset, name, ...this.#pictureOf(id, preset) })).sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  }

  #pictureOf(id: string, preset: string): { pictureAt?: string } {
    const pictureAt = this.#room.pictures?.takenAt(id, preset) ?? null;
    return pictureAt === null ? {} : { pictureAt };
  }

  /** A view without its picture still has its name. */
  async #takePicture(id: string, preset: string): Promise<void> {
    const { pictures, snapshot, log } = this.#room;
    const source = this.sourceOf(id);
    if (pictures === null) return;
    try {
      await pictures.remove(id, preset);
      if (source !== null) await pictures.keep(id, preset, await snapshot(source));
    } catch (thrown) {
      log.warn({ camera: id, preset, reason: reasonOf(thrown) }, 'no picture of the view could be taken');
    }
  }

  #stationOf({ id, name, head }: DeskCamera): Station {
    const { setup, memory, sourcesOnAir, clock, log } = this.#room;
    const { source, fieldOfViewDeg } = setup(id);
    return new Station({
      id, name, head, source, fieldOfViewDeg, clock, log, positions: memory,
      settings: () => this.settings(id),
      onAir: () => source !== null && sourcesOnAir().includes(source),
    });
  }

  /** By a person: the automatic operator stands back. */
  #touched(id: string): void {
    this.#camera(id);
    this.#operators.get(id)?.touched();
    for (const listener of this.#onTouch) listener(id);
  }

  #station(id: string): Station {
    return this.#stations.get(this.#camera(id).id) ?? this.#stationOf(this.#camera(id));
  }

  #camera(id: string): DeskCamera {
    const camera = this.#cameras.get(id);
    if (camera === undefined) {
      const known = [...this.#cameras.keys()].join(', ') || 'none';
      throw new CodedError('unknown_camera', `This room has no camera "${id}". Its cameras: ${known}.`, { status: 404 });
    }
    return camera;
  }
}

/** Cameras by themselves: no class, no picture, nothing remembered. */
function bareRoom(): DeskRoom {
  return {
    setup: () => ({ source: null, fieldOfViewDeg: null, settings: { ...USUAL_SETTINGS } }),
    memory: { position: () => null, setPosition: () => undefined, cameraSettings: () => null, setCameraSettings: () => undefined },
    sourcesOnAir: () => [],
    classNear: () => false,
    pictures: null,
    snapshot: async () => Buffer.alloc(0),
    clock: systemClock(),
    log: createLog('cameras'),
  };
}
