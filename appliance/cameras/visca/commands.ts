import type { Velocity } from '../ptz-camera.ts';

/**
 * VISCA commands as bytes (Sony EVI/SRG and PTZOptics command lists). The address is always 1: every link here has one camera.
 */
const command = (...body: number[]): Buffer => Buffer.from([0x81, ...body, 0xff]);

/** Speed steps of the pan and tilt motors (01 to 18 and 01 to 14, hex) and of the zoom (0 to 7). */
const MAX_PAN = 0x18;
const MAX_TILT = 0x14;
const MAX_ZOOM = 7;
/** A finger that rests is not a drive. */
const DEAD_ZONE = 0.02;

/** Clears the camera's command buffers, addressed to it alone (a broadcast `88 01 00 01 FF` is only for serial rings). */
export const interfaceClear = (): Buffer => command(0x01, 0x00, 0x01);
export const home = (): Buffer => command(0x01, 0x06, 0x04);
export const savePreset = (preset: number): Buffer => command(0x01, 0x04, 0x3f, 0x01, preset);
export const recallPreset = (preset: number): Buffer => command(0x01, 0x04, 0x3f, 0x02, preset);
export const panTiltInquiry = (): Buffer => command(0x09, 0x06, 0x12);
export const zoomInquiry = (): Buffer => command(0x09, 0x04, 0x47);

/** `8x 01 06 01 VV WW dx dy FF`: dx 01 left, 02 right, 03 stop; dy 01 up, 02 down, 03 stop. Speed is never 0: some heads refuse it. */
export function panTiltDrive({ pan, tilt }: Pick<Velocity, 'pan' | 'tilt'>): Buffer {
  const panStep = stepOf(pan, MAX_PAN);
  const tiltStep = stepOf(tilt, MAX_TILT);
  const dx = panStep === 0 ? 3 : pan < 0 ? 1 : 2;
  const dy = tiltStep === 0 ? 3 : tilt > 0 ? 1 : 2;
  return command(0x01, 0x06, 0x01, Math.max(1, panStep), Math.max(1, tiltStep), dx, dy);
}

/** `8x 01 04 07 00|2p|3p FF`: stop, in (tele), out (wide). */
export function zoomDrive(zoom: number): Buffer {
  if (Math.abs(zoom) < DEAD_ZONE) return command(0x01, 0x04, 0x07, 0x00);
  const speed = Math.round(Math.min(1, Math.abs(zoom)) * MAX_ZOOM);
  return command(0x01, 0x04, 0x07, (zoom > 0 ? 0x20 : 0x30) | speed);
}

function stepOf(fraction: number, max: number): number {
  const size = Math.min(1, Math.abs(fraction));
  return size < DEAD_ZONE ? 0 : Math.max(1, Math.round(size * max));
}
