import { codeOf } from '#kit/process/errors.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CameraCommand, PtzCamera, Velocity } from '../ptz-camera.ts';

/** A camera that is being kept by its supervisor, and the simulated head behind it. */
export interface Rig {
  readonly camera: PtzCamera;
  /** Where the head really is, and whether its motors turn. */
  head(): { readonly panDeg: number; readonly tiltDeg: number; readonly zoom: number; readonly moving: boolean };
  /** Everything between camera and box is lost, until healed. */
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

/** A busy machine is slow, not wrong. */
const WAIT = { timeout: 20_000, interval: 20 };
const still: Velocity = { pan: 0, tilt: 0, zoom: 0 };

/** What every implementation of {@link PtzCamera} keeps, told from outside: by the head, not by what was sent. */
export function ptzCameraContract(name: string, open: () => Promise<Rig>): void {
  describe(`a camera over ${name}`, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await open();
      await vi.waitFor(() => expect(rig.camera.status().link).toBe('ok'), WAIT);
    });
    afterAll(() => rig.close());

    const rests = () =>
      vi.waitFor(() => {
        expect(rig.camera.status().moving || rig.head().moving).toBe(false);
        expect(rig.camera.status().panDeg).toBeCloseTo(rig.head().panDeg, 0);
      }, WAIT);
    const standsAt = (panDeg: number, tiltDeg: number) =>
      vi.waitFor(() => {
        expect(Math.abs(rig.head().panDeg - panDeg)).toBeLessThan(0.5);
        expect(Math.abs(rig.head().tiltDeg - tiltDeg)).toBeLessThan(0.5);
      }, WAIT);
    const turnedBy = async (degrees: number, again: () => void): Promise<void> => {
      const from = rig.head().panDeg;
      await vi.waitFor(() => {
        again();
        expect((rig.head().panDeg - from) * Math.sign(degrees)).toBeGreaterThan(Math.abs(degrees));
      }, WAIT);
    };
    /** The same picture for a while: a head that has not heard its stop yet may be still for a moment. */
    const standsStill = async (): Promise<void> => {
      let since = { at: Date.now(), place: '' };
      await vi.waitFor(() => {
        const { panDeg, tiltDeg } = rig.head();
        const place = `${panDeg} ${tiltDeg}`;
        if (place !== since.place) since = { at: Date.now(), place };
        expect(Date.now() - since.at).toBeGreaterThan(500);
      }, WAIT);
    };
    /** A machine that stood still for seconds took the camera for gone: it is back in a moment. */
    const take = (command: CameraCommand) => vi.waitFor(() => rig.camera.execute(command), WAIT);
    const codeOnceReached = (command: CameraCommand) =>
      vi.waitFor(async () => {
        const code = await codeFrom(rig.camera, command);
        expect(code).not.toBe('camera_unreachable');
        return code;
      }, WAIT);
    /** Other tests leave the head where they like. */
    const goTo = async (panDeg: number, tiltDeg: number): Promise<void> => {
      await take({ type: 'move-to', panDeg, tiltDeg, zoom: 1 });
      await standsAt(panDeg, tiltDeg);
      await rests();
    };

    it('turns where it is driven, and stands still when it is stopped', async () => {
      await goTo(0, 0);
      await turnedBy(1, () => rig.camera.drive({ pan: 0.5, tilt: 0, zoom: 0 }));
      expect(rig.camera.status().moving).toBe(true);
      rig.camera.stop();
      await rests();
      await turnedBy(-1, () => rig.camera.drive({ pan: -0.5, tilt: 0.2, zoom: 0 }));
      rig.camera.drive(still);
      await rests();
    });

    it('does the newest of a crowd of drives, and nothing after the stop', async () => {
      await goTo(0, 0);
      for (let count = 0; count < 300; count++) rig.camera.drive({ pan: count % 2 === 0 ? -0.3 : 0.3, tilt: count / 300, zoom: 0 });
      rig.camera.stop();
      await standsStill();
      // Had a queue been played, it would be far away by now.
      expect(Math.abs(rig.head().panDeg)).toBeLessThan(4);
      await rests();
    });

    it('goes to a place, by a distance, and home', async () => {
      await take({ type: 'move-to', panDeg: -12, tiltDeg: 6, zoom: 2 });
      expect(rig.camera.status().moving).toBe(true);
      await standsAt(-12, 6);
      await vi.waitFor(() => expect(rig.camera.status().zoom).toBeCloseTo(2, 1), WAIT);
      await rests();
      expect(rig.head().zoom).toBeCloseTo(2, 1);
      await take({ type: 'move-by', panDeg: 5, tiltDeg: -3 });
      await standsAt(-7, 3);
      await take({ type: 'home' });
      await standsAt(0, 0);
      await rests();
    });

    it('keeps a place and finds it again', async () => {
      await goTo(9, -4);
      const before = rig.camera.status().presets ?? [];
      await take({ type: 'preset-save', preset: '5', name: 'Board' });
      await vi.waitFor(() => expect(presetOf(rig.camera, before)).not.toBeNull(), WAIT);
      await goTo(0, 0);
      await take({ type: 'preset-recall', preset: presetOf(rig.camera, before) ?? '' });
      await standsAt(9, -4);
    });

    it('takes what it says that it can, and refuses the rest with a code', async () => {
      await vi.waitFor(() => expect(rig.camera.status().link).toBe('ok'), WAIT);
      const { commands } = rig.camera.capabilities();
      for (const command of everyCommand(rig.camera)) await take(command);
      const lacking = SAMPLES.filter(({ type }) => !commands.includes(type));
      for (const command of lacking) expect(await codeOnceReached(command)).toBe('camera_cannot');
    });

    it('refuses a preset that cannot be', async () => {
      expect(['bad_preset', 'camera_refused']).toContain(await codeOnceReached({ type: 'preset-recall', preset: '99999' }));
    });

    it('says that it is lost, stops a head that was left moving, and is back', async () => {
      await goTo(0, 0);
      // Slow, so that it is not at its end meanwhile.
      await turnedBy(0.5, () => rig.camera.drive({ pan: 0.2, tilt: 0, zoom: 0 }));
      rig.cut();
      await vi.waitFor(() => expect(rig.camera.status().link).toBe('lost'), WAIT);
      expect(rig.camera.status().advice).not.toBe('');
      expect(await codeFrom(rig.camera, { type: 'home' })).toBe('camera_unreachable');
      rig.heal();
      await vi.waitFor(() => expect(rig.camera.status().link).toBe('ok'), WAIT);
      await rests();
    });
  });
}

async function codeFrom(camera: PtzCamera, command: CameraCommand): Promise<string> {
  return camera.execute(command).then(() => 'taken', codeOf);
}

/** The number that was asked for, or the token that is new among the camera's own. */
function presetOf(camera: PtzCamera, before: readonly { readonly id: string }[]): string | null {
  if (camera.capabilities().presets.kind === 'numbers') return '5';
  return camera.status().presets?.find(({ id }) => !before.some((known) => known.id === id))?.id ?? null;
}

/** Settings of every kind and mode that the camera claims; what moves it is tried elsewhere. */
function everyCommand(camera: PtzCamera): CameraCommand[] {
  const { commands, focusModes, exposureModes, whiteBalanceModes, tallyStates } = camera.capabilities();
  return [
    ...focusModes.map((mode): CameraCommand => ({ type: 'focus', mode })),
    ...exposureModes.map((mode): CameraCommand => ({ type: 'exposure', mode })),
    ...whiteBalanceModes.map((mode): CameraCommand => ({ type: 'white-balance', mode })),
    ...tallyStates.map((state): CameraCommand => ({ type: 'tally', state })),
    ...SAMPLES.filter(({ type }) => commands.includes(type)),
  ];
}

const SAMPLES: readonly CameraCommand[] = [
  { type: 'focus', mode: 'manual' },
  { type: 'focus-drive', speed: 0.5 },
  { type: 'focus-drive', speed: 0 },
  { type: 'exposure', mode: 'auto' },
  { type: 'white-balance', mode: 'auto' },
  { type: 'backlight', on: true },
  { type: 'tally', state: 'off' },
  { type: 'infrared', on: true },
  { type: 'limits', limits: { minPanDeg: -40, maxPanDeg: 40, minTiltDeg: -15, maxTiltDeg: 15 } },
  { type: 'limits', limits: null },
  { type: 'power', on: true },
];
