import type { CameraState, EncoderState, EnrolmentState, SourceState, State } from '../contract/state.ts';

export interface ReadinessFacts {
  readonly sources: readonly SourceState[];
  readonly cameras: readonly CameraState[];
  readonly encoder: EncoderState;
  /** How many encoders the configuration names: once as many were refused, none is coming. */
  readonly encodersToTry: number;
  readonly enrolment: EnrolmentState;
  readonly freeHours: number;
  /** The microphone is closed outside classes and their lead time: its silence then means nothing. */
  readonly soundCaptured: boolean;
  /** Null before the first answer or failure. */
  readonly edgeReachable: boolean | null;
}

type Reason = State['notReady'][number];

const ENOUGH_HOURS = 2;

/** Why the room is not ready, most important first. The last ones are warnings: a class can start with them, and they say so. */
export function notReadyReasons(facts: ReadinessFacts): Reason[] {
  return [...unclaimed(facts), ...encoderReasons(facts), ...pictureReasons(facts), ...soundReasons(facts), ...diskReasons(facts), ...warnings(facts)];
}

function unclaimed({ enrolment }: ReadinessFacts): Reason[] {
  if (enrolment.phase === 'claimed') return [];
  return [{ code: 'not_claimed', message: 'This box does not belong to a room yet. An administrator claims it with the code shown here.' }];
}

function encoderReasons({ encoder, encodersToTry }: ReadinessFacts): Reason[] {
  if (encoder.name !== '') return [];
  if (encoder.refused.length >= encodersToTry) {
    return [{ code: 'no_encoder', message: `This box cannot encode the picture (${encoder.refused.at(-1)?.reason ?? 'no encoder is set up'}). Restart it; if that does not help, call support.` }];
  }
  return [{ code: 'encoder_starting', message: 'The picture is being prepared. This takes a few seconds after switching on.' }];
}

function pictureReasons({ sources }: ReadinessFacts): Reason[] {
  return sources
    .filter((source) => source.kind === 'camera' && source.signal !== 'ok')
    .map((source) => ({ code: 'no_camera_signal', message: source.advice || `${source.name} gives no picture. Check its power and cable.` }));
}

function soundReasons({ sources, soundCaptured }: ReadinessFacts): Reason[] {
  const microphones = sources.filter((source) => source.kind === 'microphone');
  if (microphones.length === 0) return [{ code: 'no_microphone', message: 'This room has no microphone set up.' }];
  if (!soundCaptured) return [];
  return microphones
    .filter((source) => source.signal !== 'ok')
    .map((source) => ({ code: 'no_microphone', message: source.advice || `${source.name} is not connected. Check its receiver and cable.` }));
}

function diskReasons({ freeHours }: ReadinessFacts): Reason[] {
  if (freeHours >= ENOUGH_HOURS) return [];
  return [{ code: 'disk_nearly_full', message: `The disk has room for ${freeHours.toFixed(1)} hours of recording. Ask for it to be cleared.` }];
}

function warnings({ cameras, enrolment, edgeReachable }: ReadinessFacts): Reason[] {
  const heads = cameras
    .filter((camera) => camera.link === 'lost')
    .map((camera) => ({ code: 'camera_control_lost', message: `${camera.name} cannot be moved. ${camera.advice} A class can start.` }));
  if (enrolment.phase === 'unclaimed' || edgeReachable !== false) return heads;
  const away = { code: 'edge_unreachable', message: 'The network to the students is down. A class can start: it is recorded and sent later.' };
  return [...heads, away];
}
