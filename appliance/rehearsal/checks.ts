import type { RehearsalState } from '../contract/schedule.ts';
import type { CameraState, EncoderState } from '../contract/state.ts';
import type { SourceState } from '../contract/sources.ts';

export type RehearsalCheck = RehearsalState['checks'][number];

/** How far the way to the students was tried. Nothing of the room was sent. */
export type UplinkFound =
  | { readonly kind: 'connected' }
  /** A class runs: its own stream is the best proof there is. */
  | { readonly kind: 'in-class'; readonly arrives: boolean }
  | { readonly kind: 'no-udp'; readonly reason: string }
  /** The edge answered, and did not want this box. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'not-claimed' };

export interface RehearsalFacts {
  readonly sources: readonly SourceState[];
  /** The loudest 100 ms of each microphone while it was listened to, dBFS RMS; null while microphones are closed. */
  readonly heard: Readonly<Record<string, number>> | null;
  readonly silenceExpected: boolean;
  readonly cameras: readonly CameraState[];
  readonly encoder: EncoderState;
  readonly wantedFps: number;
  readonly freeHours: number;
  /** Of the class that is rehearsed. */
  readonly classHours: number;
  /** The box's clock minus the school's; null where nobody could be asked. */
  readonly clockErrorMs: number | null;
  readonly uplink: UplinkFound;
}

/** A microphone that is on hears the room; one that is switched off or unplugged gives nothing at all, or next to it. */
const DEAD_DBFS = -80;
const QUIET_DBFS = -60;
const CLOCK_MS = 2_000;
const FPS_SHARE = 0.9;

/** Will the class work (pure)? Failed checks first. */
export function checksOf(facts: RehearsalFacts): RehearsalCheck[] {
  const checks = [encoderCheck(facts), ...signalChecks(facts), ...soundChecks(facts), uplinkCheck(facts), diskCheck(facts), ...cameraChecks(facts), clockCheck(facts)];
  return checks.toSorted((a, b) => Number(a.ok) - Number(b.ok));
}

const passed = (code: RehearsalCheck['code'], message: string): RehearsalCheck => ({ code, ok: true, message, advice: '' });
const failed = (code: RehearsalCheck['code'], message: string, advice: string): RehearsalCheck => ({ code, ok: false, message, advice });

function encoderCheck({ encoder, wantedFps }: RehearsalFacts): RehearsalCheck {
  if (encoder.name === '' || encoder.fps === 0) return failed('encoder', 'The picture is not being encoded.', 'Restart the box; if that does not help, call support.');
  if (encoder.fps >= wantedFps * FPS_SHARE) return passed('encoder', `${encoder.name} encodes ${encoder.fps.toFixed(0)} frames a second.`);
  return failed('encoder', `Only ${encoder.fps.toFixed(0)} of ${wantedFps} frames a second are encoded.`, 'Check that the vents of the box are free, and tell support.');
}

/**
 * A shared laptop comes when somebody shares it: its absence before a class means nothing. Slides stand still by nature; a camera that lives does
 * not, in an empty room either: `frozen` is not one sample in 13 of its picture another in ten seconds, and a sensor's noise, or the next keyframe,
 * changes some. Should a camera be as clean as that, this is looked at again every minute and passes as soon as anything moves.
 */
function signalChecks({ sources }: RehearsalFacts): RehearsalCheck[] {
  return sources
    .filter(({ kind }) => kind === 'camera' || kind === 'slides')
    .map(({ name, signal, verdict, kind, advice }) => {
      if (signal !== 'ok') return failed('signal', `${name} gives no picture.`, advice || pictureAdvice(kind));
      if (verdict === 'black') return failed('signal', `${name} is black.`, kind === 'camera' ? 'Open the lens cover and switch the light on.' : pictureAdvice(kind));
      if (kind === 'camera' && verdict === 'frozen') return failed('signal', `${name} shows the same picture all the time.`, 'Switch the camera off and on.');
      return passed('signal', `${name} gives a picture.`);
    });
}

const pictureAdvice = (kind: SourceState['kind']): string =>
  kind === 'slides' ? 'Wake the laptop or reseat the HDMI cable.' : 'Check the camera’s power and its cable.';

function soundChecks({ sources, heard, silenceExpected }: RehearsalFacts): RehearsalCheck[] {
  const microphones = sources.filter(({ kind }) => kind === 'microphone');
  if (microphones.length === 0) return [failed('sound', 'This room has no microphone set up.', 'Ask support to set one up.')];
  if (heard === null) return [passed('sound', 'The microphone is closed outside classes; it is listened to ten minutes before the next.')];
  return microphones.map(({ id, name, signal, advice }) => {
    if (signal !== 'ok') return failed('sound', `${name} is not connected.`, advice || 'Check its receiver and cable.');
    const level = heard[id] ?? DEAD_DBFS;
    if (level > QUIET_DBFS) return passed('sound', `${name} was heard (${level.toFixed(0)} dBFS).`);
    if (level > DEAD_DBFS || silenceExpected) return passed('sound', `${name} is on; the room is quiet (${level.toFixed(0)} dBFS).`);
    return failed('sound', `${name} gives no sound at all.`, 'Switch it on, change its battery, and see that it is not muted.');
  });
}

function uplinkCheck({ uplink }: RehearsalFacts): RehearsalCheck {
  switch (uplink.kind) {
    case 'connected':
      return passed('uplink', 'The way to the students is free.');
    case 'in-class':
      return uplink.arrives ? passed('uplink', 'The class that runs reaches the students.') : failed('uplink', 'The class that runs does not reach the students.', 'Check the network cable; a class is recorded and sent later.');
    case 'no-udp':
      return failed('uplink', `The fast way to the students is closed (${uplink.reason}).`, 'The slower one will be used. Ask the network’s administrator to let UDP out.');
    case 'refused':
      return failed('uplink', `The students’ server does not take this room: ${uplink.reason}`, 'Ask support to look at this room in the console.');
    case 'unreachable':
      return failed('uplink', 'The students’ server cannot be reached.', 'Check the network cable; a class is recorded and sent later.');
    case 'not-claimed':
      return failed('uplink', 'This box does not belong to a room yet.', 'Claim it in the console with the code on the panel.');
  }
}

function diskCheck({ freeHours, classHours }: RehearsalFacts): RehearsalCheck {
  const words = `The disk has room for ${freeHours.toFixed(1)} h of recording`;
  if (freeHours >= classHours) return passed('disk', `${words}.`);
  return failed('disk', `${words}; the class takes ${classHours.toFixed(1)} h.`, 'Ask support to make space, or to find out why recordings are not uploaded.');
}

function cameraChecks({ cameras }: RehearsalFacts): RehearsalCheck[] {
  return cameras.map(({ name, link, advice }) =>
    link === 'ok' ? passed('camera', `${name} answers.`) : failed('camera', `${name} does not answer: it cannot be moved.`, advice || 'Check its power and its network or control cable.'),
  );
}

function clockCheck({ clockErrorMs }: RehearsalFacts): RehearsalCheck {
  if (clockErrorMs === null) return passed('clock', 'The clock could not be compared: the school’s server does not answer.');
  if (Math.abs(clockErrorMs) < CLOCK_MS) return passed('clock', 'The clock is right.');
  const seconds = Math.round(clockErrorMs / 1000);
  return failed('clock', `The clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'fast' : 'slow'}.`, 'Classes may begin at the wrong time. Ask support to set up a time server.');
}
