import type { ExposureMode, TallyState, WhiteBalanceMode } from '../ptz-camera.ts';
import type { Profile } from './profiles.ts';

/**
 * VISCA commands as bytes (Sony EVI/SRG and PTZOptics command lists). They are addressed to camera 1; a link to a chain puts its
 * camera's own address in.
 */
const command = (...body: number[]): Buffer => Buffer.from([0x81, ...body, 0xff]);

const FASTEST_LENS = 7;
/** A finger that rests is not a drive. */
const DEAD_ZONE = 0.02;

/** Clears the camera's command buffers, addressed to it alone (a broadcast `88 01 00 01 FF` is only for serial rings). */
export const interfaceClear = (): Buffer => command(0x01, 0x00, 0x01);
export const cancel = (socket: number): Buffer => command(0x20 | socket);
export const home = (): Buffer => command(0x01, 0x06, 0x04);
export const preset = (verb: 'clear' | 'save' | 'recall', number: number): Buffer => command(0x01, 0x04, 0x3f, { clear: 0, save: 1, recall: 2 }[verb], number);
export const power = (on: boolean): Buffer => command(0x01, 0x04, 0x00, onOff(on));
export const backlight = (on: boolean): Buffer => command(0x01, 0x04, 0x33, onOff(on));
/** Whether orders of the infrared remote control are taken (IR_Receive). */
export const infrared = (on: boolean): Buffer => command(0x01, 0x06, 0x08, onOff(on));
export const focusMode = (mode: 'auto' | 'manual'): Buffer => command(0x01, 0x04, 0x38, onOff(mode === 'auto'));
export const focusOnce = (): Buffer => command(0x01, 0x04, 0x18, 0x01);
export const whiteBalanceOnce = (): Buffer => command(0x01, 0x04, 0x10, 0x05);
export const compensation = (on: boolean): Buffer => command(0x01, 0x04, 0x3e, onOff(on));

const onOff = (on: boolean): number => (on ? 0x02 : 0x03);

const WHITE_BALANCE: Readonly<Record<WhiteBalanceMode, number>> = { auto: 0x00, indoor: 0x01, outdoor: 0x02, 'one-push': 0x03, manual: 0x05 };
export const whiteBalance = (mode: WhiteBalanceMode): Buffer => command(0x01, 0x04, 0x35, WHITE_BALANCE[mode]);

const EXPOSURE: Readonly<Record<ExposureMode, readonly number[]>> = {
  auto: [0x39, 0x00],
  manual: [0x39, 0x03],
  brighter: [0x0e, 0x02],
  darker: [0x0e, 0x03],
  reset: [0x0e, 0x00],
};
export const exposure = (mode: ExposureMode): Buffer => command(0x01, 0x04, ...EXPOSURE[mode]);

const SENSOR = { shutter: 0x4a, iris: 0x4b, gain: 0x4c } as const;
/** `8x 01 04 4A|4B|4C 00 00 0p 0q FF`: shutter, iris or gain at a position of its table. */
export const sensor = (what: keyof typeof SENSOR, position: number): Buffer => command(0x01, 0x04, SENSOR[what], ...nibbles(position & 0xff, 4));

export interface Speeds {
  readonly pan: number;
  readonly tilt: number;
}

/** `8x 01 06 01 VV WW dx dy FF`: dx 01 left, 02 right, 03 stop; dy 01 up, 02 down, 03 stop. Speed is never 0: some heads refuse it. */
export function panTiltDrive({ pan, tilt }: Speeds, fastest: Speeds): Buffer {
  const panStep = stepOf(pan, fastest.pan);
  const tiltStep = stepOf(tilt, fastest.tilt);
  const dx = panStep === 0 ? 3 : pan < 0 ? 1 : 2;
  const dy = tiltStep === 0 ? 3 : tilt > 0 ? 1 : 2;
  return command(0x01, 0x06, 0x01, Math.max(1, panStep), Math.max(1, tiltStep), dx, dy);
}

/** Motor steps. A pan of five nibbles is what newer Sony heads count in; the camera's own answers tell which it is. */
export interface Steps extends Speeds {
  readonly panNibbles: 4 | 5;
}

/** `8x 01 06 02|03 VV WW 0Y… 0Z… FF`. `speed` is a fraction of the fastest. */
export function panTiltMove(how: 'to' | 'by', { pan, tilt, panNibbles }: Steps, speed: number, fastest: Speeds): Buffer {
  const paces = [Math.max(1, stepOf(speed, fastest.pan)), Math.max(1, stepOf(speed, fastest.tilt))];
  return command(0x01, 0x06, how === 'to' ? 0x02 : 0x03, ...paces, ...nibbles(pan, panNibbles), ...nibbles(tilt, 4));
}

/** `8x 01 06 07 00 0W 0Y… 0Z… FF` sets a corner (W 1 up and right, 0 down and left), `8x 01 06 07 01 0W …7FFF… FF` lifts it. */
export function limitCorner(corner: 'up-right' | 'down-left', steps: Steps | null): Buffer {
  const where = steps === null ? [7, 15, 15, 15, 7, 15, 15, 15] : [...nibbles(steps.pan, steps.panNibbles), ...nibbles(steps.tilt, 4)];
  return command(0x01, 0x06, 0x07, steps === null ? 0x01 : 0x00, corner === 'up-right' ? 0x01 : 0x00, ...where);
}

/** `8x 01 04 07 00|2p|3p FF`: stop, in (tele), out (wide). */
export const zoomDrive = (speed: number): Buffer => command(0x01, 0x04, 0x07, lensCode(speed));
/** `8x 01 04 08 00|2p|3p FF`: stop, far, near. */
export const focusDrive = (speed: number): Buffer => command(0x01, 0x04, 0x08, lensCode(speed));
/** `8x 01 04 47 0p 0q 0r 0s FF` */
export const zoomTo = (position: number): Buffer => command(0x01, 0x04, 0x47, ...nibbles(position, 4));

function lensCode(speed: number): number {
  if (isStill(speed)) return 0x00;
  return (speed > 0 ? 0x20 : 0x30) | Math.round(Math.min(1, Math.abs(speed)) * FASTEST_LENS);
}

/** Sony: one command a lamp (`7E 01 0A` red, `7E 04 1A` green). PTZOptics: one lamp, 2 steady, 1 flashing, 3 out. */
export function tally(state: TallyState, lamps: Profile['tally']): Buffer[] {
  if (lamps === 'none') return [];
  if (lamps === 'ptzoptics') return [command(0x0a, 0x02, 0x02, { program: 2, preview: 1, off: 3 }[state])];
  const red = command(0x01, 0x7e, 0x01, 0x0a, 0x00, onOff(state === 'program'));
  return lamps === 'red' ? [red] : [red, command(0x01, 0x7e, 0x04, 0x1a, 0x00, onOff(state === 'preview'))];
}

export const isStill = (fraction: number): boolean => Math.abs(fraction) < DEAD_ZONE;

function stepOf(fraction: number, max: number): number {
  return isStill(fraction) ? 0 : Math.max(1, Math.round(Math.min(1, Math.abs(fraction)) * max));
}

/** Two's complement, most significant first, one nibble a byte. */
function nibbles(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >> (4 * (count - 1 - index))) & 0x0f);
}
