import type { Clock } from '#kit/media/clock.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import { join } from 'node:path';
import type { CameraConfig } from '../config/appliance-config.ts';
import { CameraDesk, USUAL_SETTINGS, type CameraSetup, type DeskRoom, type PresetNames } from './camera-desk.ts';
import { PresetPictures } from './desk/preset-pictures.ts';
import { sourcesOnAir, type ProgramSight } from './desk/on-air.ts';
import { openCameras } from './open-camera.ts';
import type { PtzCamera } from './ptz-camera.ts';

export interface RoomCamerasParts {
  readonly config: { readonly cameras: readonly CameraConfig[]; readonly sources: readonly { readonly id: string; readonly kind: string }[]; readonly dataDir: string };
  readonly names: PresetNames;
  readonly memory: DeskRoom['memory'];
  /** The heads of cameras that are driven by ONVIF. */
  readonly onvif: (id: string) => PtzCamera;
  readonly program: () => ProgramSight;
  readonly classNear: () => boolean;
  readonly snapshot: (source: string) => Promise<Buffer>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

const TICK_MS = 200;

/** The room's heads and the desk that moves them. `run` holds every link and resolves when the signal aborts. */
export function roomCameras({ config, names, memory, program, classNear, snapshot, onvif, clock, log }: RoomCamerasParts): { readonly desk: CameraDesk; run(signal: AbortSignal): Promise<void> } {
  const cameras = openCameras(config.cameras, clock, onvif);
  const setups = new Map(config.cameras.map((camera) => [camera.id, setupOf(camera, config)]));
  const desk = new CameraDesk(cameras, names, {
    setup: (camera) => setups.get(camera) ?? { source: null, fieldOfViewDeg: null, settings: USUAL_SETTINGS },
    memory: withInstalled(memory, config.cameras), classNear, snapshot, clock, log,
    sourcesOnAir: () => sourcesOnAir(program()),
    pictures: new PresetPictures(join(config.dataDir, 'view-pictures')),
  });
  const ticking = async (signal: AbortSignal): Promise<void> => {
    for (; !signal.aborted; await sleep(TICK_MS, signal)) desk.tick();
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    const heads = cameras.map(({ id, head }) => supervise(`camera ${id}`, (inner) => head.run(inner), { signal, log }));
    await Promise.all([...heads, supervise('camera desk', ticking, { signal, log })]);
  };
  return { desk, run };
}

/** Where a view is that nobody has saved here yet: as the installer read it. */
function withInstalled(memory: DeskRoom['memory'], cameras: readonly CameraConfig[]): DeskRoom['memory'] {
  const installed = (id: string) => cameras.find((camera) => camera.id === id)?.positions;
  return {
    position: (camera, preset) => memory.position(camera, preset) ?? installed(camera)?.[preset] ?? null,
    setPosition: (camera, preset, position) => memory.setPosition(camera, preset, position),
    cameraSettings: (camera) => memory.cameraSettings(camera),
    setCameraSettings: (camera, settings) => memory.setCameraSettings(camera, settings),
  };
}

/** A head's picture is the source it names, else the one of its own name, else the room's only camera. */
function setupOf(camera: CameraConfig, { sources }: RoomCamerasParts['config']): CameraSetup {
  const pictures = sources.filter(({ kind }) => kind === 'camera');
  const only = pictures.length === 1 ? pictures[0] : undefined;
  const source = pictures.find(({ id }) => id === (camera.source ?? camera.id)) ?? (camera.source === undefined ? only : undefined);
  const { onAirMoves, limits = null, parking = null } = camera;
  return {
    source: source?.id ?? null,
    fieldOfViewDeg: camera.fieldOfViewDeg ?? null,
    settings: { onAirMoves: onAirMoves ?? USUAL_SETTINGS.onAirMoves, limits, parking },
  };
}
