import { CodedError } from '#kit/process/errors.ts';
import type { CameraCommand, Limits, Velocity } from '../ptz-camera.ts';
import * as commands from './commands.ts';
import type { Insistence, Motor } from './exchange.ts';
import { positionFor, type Profile, tallyStates } from './profiles.ts';

/** One packet of what a command takes. */
export interface Packet {
  readonly bytes: Buffer;
  /** What it sets in motion: a newer packet for the same motors takes its place. */
  readonly motors: readonly Motor[];
  readonly insist: Insistence;
  /** The motion ends by itself, and the camera says when. */
  readonly goal: boolean;
}

const setting = (bytes: Buffer): Packet => ({ bytes, motors: [], insist: 'few-times', goal: false });
/** Doing it twice is not doing it once: a lost one is not sent again where the camera can't tell. */
const step = (bytes: Buffer): Packet => ({ bytes, motors: [], insist: 'once', goal: false });
const goal = (bytes: Buffer, ...motors: Motor[]): Packet => ({ bytes, motors, insist: 'few-times', goal: true });

/** A drive or, at speed 0, a stop, which is repeated until it is confirmed. */
export function driving({ pan, tilt, zoom }: Velocity, { speeds }: Profile): Packet[] {
  const head = commands.isStill(pan) && commands.isStill(tilt);
  return [
    { bytes: commands.panTiltDrive({ pan, tilt }, speeds), motors: ['pan-tilt'], insist: head ? 'until-confirmed' : 'few-times', goal: false },
    { bytes: commands.zoomDrive(zoom), motors: ['zoom'], insist: commands.isStill(zoom) ? 'until-confirmed' : 'few-times', goal: false },
  ];
}

/** The packets of a command, in order. @throws CodedError `camera_cannot`, `bad_preset` */
export function plan(command: CameraCommand, profile: Profile, panNibbles: 4 | 5): Packet[] {
  if (profile.lacks.includes(command.type)) throw cannot(command.type);
  switch (command.type) {
    case 'home':
      return [goal(commands.home(), 'pan-tilt')];
    case 'move-to':
    case 'move-by':
      return move(command, profile, panNibbles);
    case 'preset-recall':
      return [goal(commands.preset('recall', presetNumber(command.preset, profile)), 'pan-tilt', 'zoom')];
    case 'preset-save':
      return [setting(commands.preset('save', presetNumber(command.preset, profile)))];
    case 'preset-clear':
      return [setting(commands.preset('clear', presetNumber(command.preset, profile)))];
    case 'focus-drive':
      return [{ bytes: commands.focusDrive(command.speed), motors: ['focus'], insist: commands.isStill(command.speed) ? 'until-confirmed' : 'few-times', goal: false }];
    case 'limits':
      return limits(command.limits, profile, panNibbles);
    default:
      return picture(command, profile);
  }
}

type Picture = Exclude<CameraCommand, { type: 'home' | 'move-to' | 'move-by' | 'preset-recall' | 'preset-save' | 'preset-clear' | 'focus-drive' | 'limits' }>;

function picture(command: Picture, profile: Profile): Packet[] {
  switch (command.type) {
    case 'focus':
      // One push is taken in manual mode only (SRG-300H, "CAM_Focus").
      return command.mode === 'one-push' ? [setting(commands.focusMode('manual')), step(commands.focusOnce())] : [setting(commands.focusMode(command.mode))];
    case 'exposure':
      return exposure(command, profile);
    case 'white-balance':
      return [setting(commands.whiteBalance(command.mode)), ...(command.mode === 'one-push' ? [step(commands.whiteBalanceOnce())] : [])];
    case 'backlight':
      return [setting(commands.backlight(command.on))];
    case 'power':
      return [setting(commands.power(command.on))];
    case 'infrared':
      return [setting(commands.infrared(command.on))];
    case 'tally':
      if (!tallyStates(profile).includes(command.state)) throw cannot(`tally ${command.state}`);
      return commands.tally(command.state, profile.tally).map(setting);
  }
}

function move(command: Extract<CameraCommand, { type: 'move-to' | 'move-by' }>, profile: Profile, panNibbles: 4 | 5): Packet[] {
  const { type, panDeg, tiltDeg, zoom, speed = 1 } = command;
  const stays = type === 'move-by' && panDeg === 0 && tiltDeg === 0;
  const to = type === 'move-to' ? within(profile.reach, { panDeg, tiltDeg }) : { panDeg, tiltDeg };
  const steps = { ...stepsOf(to, profile), panNibbles };
  const head = commands.panTiltMove(type === 'move-to' ? 'to' : 'by', steps, speed, profile.speeds);
  return [
    ...(stays ? [] : [type === 'move-to' ? goal(head, 'pan-tilt') : ({ ...goal(head, 'pan-tilt'), insist: 'once' } as const)]),
    ...(zoom === undefined ? [] : [goal(commands.zoomTo(positionFor(zoom, profile)), 'zoom')]),
  ];
}

function exposure({ mode, ...positions }: Extract<CameraCommand, { type: 'exposure' }>, { exposure: table }: Profile): Packet[] {
  if (mode === 'brighter' || mode === 'darker') return [setting(commands.compensation(true)), step(commands.exposure(mode))];
  const direct = (['iris', 'gain', 'shutter'] as const).flatMap((what) => {
    const fraction = mode === 'manual' ? positions[what] : undefined;
    if (fraction === undefined) return [];
    if (table === null) throw cannot(`${what} by hand`);
    const [least, most] = table[what];
    return [setting(commands.sensor(what, Math.round(least + Math.min(1, Math.max(0, fraction)) * (most - least))))];
  });
  return [setting(commands.exposure(mode)), ...direct];
}

function limits(wanted: Limits | null, profile: Profile, panNibbles: 4 | 5): Packet[] {
  const corner = (panDeg: number, tiltDeg: number) => ({ ...stepsOf({ panDeg, tiltDeg }, profile), panNibbles });
  return [
    setting(commands.limitCorner('up-right', wanted && corner(wanted.maxPanDeg, wanted.maxTiltDeg))),
    setting(commands.limitCorner('down-left', wanted && corner(wanted.minPanDeg, wanted.minTiltDeg))),
  ];
}

function stepsOf({ panDeg, tiltDeg }: { panDeg: number; tiltDeg: number }, { stepsPerDegree }: Profile): { pan: number; tilt: number } {
  return { pan: Math.round(panDeg * stepsPerDegree), tilt: Math.round(tiltDeg * stepsPerDegree) };
}

function within(reach: Limits | null, { panDeg, tiltDeg }: { panDeg: number; tiltDeg: number }): { panDeg: number; tiltDeg: number } {
  if (reach === null) return { panDeg, tiltDeg };
  return {
    panDeg: Math.min(reach.maxPanDeg, Math.max(reach.minPanDeg, panDeg)),
    tiltDeg: Math.min(reach.maxTiltDeg, Math.max(reach.minTiltDeg, tiltDeg)),
  };
}

function presetNumber(preset: string, { presets }: Profile): number {
  const number = /^[0-9]{1,3}$/.test(preset) ? Number(preset) : Number.NaN;
  if (presets.some(([first, last]) => number >= first && number <= last)) return number;
  const known = presets.map(([first, last]) => `${first} to ${last}`).join(' or ');
  throw new CodedError('bad_preset', `A preset of this camera is a number from ${known}.`, { status: 400 });
}

function cannot(what: string): CodedError {
  return new CodedError('camera_cannot', `This camera takes no "${what}".`, { status: 400 });
}
