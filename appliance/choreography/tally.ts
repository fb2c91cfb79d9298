import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { PtzCamera, TallyState } from '../cameras/ptz-camera.ts';

export interface TallyCamera {
  readonly id: string;
  readonly head: Pick<PtzCamera, 'capabilities' | 'status' | 'execute'>;
}

interface Light {
  /** What the camera took; null where that is not known, as after it was away. */
  readonly shown: TallyState | null;
  readonly triedAtMs: number;
}

const AGAIN_MS = 2_000;
const UNKNOWN: Light = { shown: null, triedAtMs: Number.NEGATIVE_INFINITY };

/** What is to be sent to a camera's light now; null for nothing. */
export function tallyDue(light: Light, onAir: boolean, nowMs: number): TallyState | null {
  const wanted = onAir ? 'program' : 'off';
  return light.shown === wanted || nowMs - light.triedAtMs < AGAIN_MS ? null : wanted;
}

/** The red lights on the cameras follow the program: on while students see that camera, off between classes. */
export class TallyLights {
  readonly #cameras: readonly TallyCamera[];
  readonly #log: Log;
  readonly #lights = new Map<string, Light>();

  constructor(cameras: readonly TallyCamera[], log: Log) {
    this.#cameras = cameras;
    this.#log = log;
  }

  /** Called a few times a second with the cameras that students see. */
  tick(onAir: readonly string[], nowMs: number): void {
    for (const { id, head } of this.#cameras) {
      if (head.status().link === 'lost') this.#lights.delete(id);
      else if (head.capabilities().tallyStates.includes('program')) this.#light(id, head, onAir.includes(id), nowMs);
    }
  }

  #light(id: string, head: TallyCamera['head'], onAir: boolean, nowMs: number): void {
    const light = this.#lights.get(id) ?? UNKNOWN;
    const state = tallyDue(light, onAir, nowMs);
    if (state === null) return;
    this.#lights.set(id, { ...light, triedAtMs: nowMs });
    head.execute({ type: 'tally', state }).then(
      () => this.#lights.set(id, { shown: state, triedAtMs: Number.NEGATIVE_INFINITY }),
      (thrown: unknown) => this.#log.debug({ camera: id, reason: reasonOf(thrown) }, 'the light of a camera was not set'),
    );
  }
}
