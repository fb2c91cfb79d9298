import { CodedError } from '#kit/process/errors.ts';
import type { CameraState, FramingRequest } from '../contract/cameras.ts';
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

/** A head stops this long after the last drive command, whatever became of the page that sent it. */
const WATCHDOG_MS = 300;

/** The owner of what the automatic operator drives. */
const OPERATOR = 'operator';

interface Driving {
  readonly owner: string;
  readonly timer: NodeJS.Timeout;
}

/** All cameras of the room: who drives, the watchdog, and the presets' names. */
export class CameraDesk {
  readonly #cameras: ReadonlyMap<string, DeskCamera>;
  readonly #names: PresetNames;
  readonly #operators = new Map<string, CameraOperator>();
  #driving = new Map<string, Driving>();

  constructor(cameras: readonly DeskCamera[], names: PresetNames) {
    this.#cameras = new Map(cameras.map((camera) => [camera.id, camera]));
    this.#names = names;
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

  /** `owner` names the connection, so that its end stops what it drove. */
  drive(id: string, velocity: Velocity, owner: string): void {
    this.#taken(id);
    this.#drive(id, velocity, owner);
  }

  /** The automatic operator's wish; false, and nothing done, while a person drives. */
  driveByItself(id: string, velocity: Velocity): boolean {
    const driving = this.#driving.get(id);
    if (driving !== undefined && driving.owner !== OPERATOR) return false;
    this.#drive(id, velocity, OPERATOR);
    return true;
  }

  #drive(id: string, velocity: Velocity, owner: string): void {
    const { head } = this.#camera(id);
    head.drive(velocity);
    clearTimeout(this.#driving.get(id)?.timer);
    this.#driving.delete(id);
    if (velocity.pan === 0 && velocity.tilt === 0 && velocity.zoom === 0) return;
    this.#driving.set(id, { owner, timer: setTimeout(() => this.stop(id), WATCHDOG_MS) });
  }

  stop(id: string): void {
    const { head } = this.#camera(id);
    clearTimeout(this.#driving.get(id)?.timer);
    this.#driving.delete(id);
    head.stop();
  }

  /** The connection is gone: whatever it was driving stops now. */
  release(owner: string): void {
    for (const [id, driving] of this.#driving) if (driving.owner === owner) this.stop(id);
  }

  async home(id: string): Promise<void> {
    await this.#taken(id).head.execute({ type: 'home' });
  }

  async recall(id: string, preset: string): Promise<void> {
    await this.#taken(id).head.execute({ type: 'preset-recall', preset });
  }

  /** The camera keeps the position, the box the name. */
  async save(id: string, preset: string, name: string): Promise<void> {
    await this.#camera(id).head.execute({ type: 'preset-save', preset, name });
    this.#names.name(id, preset, name);
  }

  states(): CameraState[] {
    return [...this.#cameras.values()].map(({ id, name, head, presets }) => ({
      id, name, ...head.status(), presets: this.#presets(id, presets), ...this.#framing(id),
    }));
  }

  #framing(id: string): Pick<CameraState, 'framing'> {
    const operator = this.#operators.get(id);
    return operator === undefined ? {} : { framing: operator.state() };
  }

  #presets(id: string, installed: Readonly<Record<string, string>>): { id: string; name: string }[] {
    const names = new Map(Object.entries(installed));
    for (const preset of this.#names.list(id)) names.set(preset.id, preset.name);
    return [...names].map(([preset, name]) => ({ id: preset, name })).sort((a, b) => Number(a.id) - Number(b.id));
  }

  /** By a person: the automatic operator stands back. */
  #taken(id: string): DeskCamera {
    const camera = this.#camera(id);
    this.#operators.get(id)?.touched();
    return camera;
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
