import Type from 'typebox';
import { CameraSettings, FramingRequest } from '../contract/cameras.ts';
import type { Db } from './database.ts';
import { SettingStore } from './setting-store.ts';

const Position = Type.Object({ panDeg: Type.Number(), tiltDeg: Type.Number(), zoom: Type.Number() });
const Positions = Type.Record(Type.String(), Position);
const AllFraming = Type.Record(Type.String(), FramingRequest);
const AllSettings = Type.Record(Type.String(), CameraSettings);

/** What the box remembers of its cameras: how they are set, who is followed, and where each saved view was. */
export class CameraMemory {
  readonly #store: SettingStore;

  constructor(db: Db) {
    this.#store = new SettingStore(db);
  }

  cameraSettings(camera: string): CameraSettings | null {
    return this.#store.get('camera-settings', AllSettings)?.[camera] ?? null;
  }

  setCameraSettings(camera: string, settings: CameraSettings): void {
    this.#store.set('camera-settings', { ...this.#store.get('camera-settings', AllSettings), [camera]: settings });
  }

  /** What was asked of the automatic operator; null where nobody asked. */
  framing(camera: string): FramingRequest | null {
    return this.#store.get('camera-framing', AllFraming)?.[camera] ?? null;
  }

  setFraming(camera: string, request: FramingRequest): void {
    this.#store.set('camera-framing', { ...this.#store.get('camera-framing', AllFraming), [camera]: request });
  }

  position(camera: string, preset: string): { panDeg: number; tiltDeg: number; zoom: number } | null {
    return this.#positions(camera)[preset] ?? null;
  }

  setPosition(camera: string, preset: string, { panDeg, tiltDeg, zoom }: { panDeg: number; tiltDeg: number; zoom: number }): void {
    this.#store.set(`camera-positions ${camera}`, { ...this.#positions(camera), [preset]: { panDeg, tiltDeg, zoom } });
  }

  #positions(camera: string): Readonly<Record<string, { panDeg: number; tiltDeg: number; zoom: number }>> {
    return this.#store.get(`camera-positions ${camera}`, Positions) ?? {};
  }
}
