import type { CameraStatus } from '../ptz-camera.ts';
import { magnificationAt, type Profile } from './profiles.ts';
import { panTiltOf, switchOf, type Version, versionOf, zoomPositionOf } from './reply.ts';

/** What was read from the camera, and nothing else. */
export interface Facts {
  readonly panDeg: number;
  readonly tiltDeg: number;
  readonly zoom: number;
  readonly panNibbles: 4 | 5;
  readonly focus?: NonNullable<CameraStatus['focus']>;
  readonly power?: NonNullable<CameraStatus['power']>;
  readonly version?: Version;
}

export const NOTHING_READ: Facts = { panDeg: 0, tiltDeg: 0, zoom: 1, panNibbles: 4 };

interface Question {
  readonly body: readonly number[];
  /** How often it is asked while the head moves, and while it rests. */
  readonly movingMs: number;
  readonly restingMs: number;
  /** Lengths that an answer may have: a late answer to another question is none. */
  readonly lengths: readonly number[];
  readonly read: (data: Buffer, profile: Profile) => Partial<Facts> | null;
}

export type Topic = 'where' | 'how-near' | 'version' | 'power' | 'focus';

/** Sony SRG/EVI and PTZOptics "inquiry command" lists. */
export const QUESTIONS: Readonly<Record<Topic, Question>> = {
  where: { body: [0x06, 0x12], movingMs: 120, restingMs: 500, lengths: [8, 9], read: readPanTilt },
  'how-near': { body: [0x04, 0x47], movingMs: 160, restingMs: 500, lengths: [4], read: readZoom },
  version: { body: [0x00, 0x02], movingMs: 60_000, restingMs: 15_000, lengths: [6, 7], read: readVersion },
  power: { body: [0x04, 0x00], movingMs: 10_000, restingMs: 2_000, lengths: [1], read: readPower },
  focus: { body: [0x04, 0x38], movingMs: 10_000, restingMs: 2_000, lengths: [1], read: readFocus },
};

export const questionBytes = (topic: Topic): Buffer => Buffer.from([0x81, 0x09, ...QUESTIONS[topic].body, 0xff]);

const TOPICS = Object.keys(QUESTIONS) as Topic[];

/** When each topic was last asked, and which ones this camera has no answer to. */
export interface Rota {
  readonly askedAtMs: Readonly<Partial<Record<Topic, number>>>;
  readonly unknown: ReadonlySet<Topic>;
}

export const NOT_ASKED: Rota = { askedAtMs: {}, unknown: new Set() };

/** What it is time to ask (pure). A camera that is only waited for is asked where it is, and nothing more. */
export function dueTopics(rota: Rota, nowMs: number, moving: boolean): Topic[] {
  return TOPICS.filter((topic) => {
    const { movingMs, restingMs } = QUESTIONS[topic];
    return !rota.unknown.has(topic) && nowMs - (rota.askedAtMs[topic] ?? Number.NEGATIVE_INFINITY) >= (moving ? movingMs : restingMs);
  });
}

export function asked(rota: Rota, topics: readonly Topic[], nowMs: number): Rota {
  return { ...rota, askedAtMs: { ...rota.askedAtMs, ...Object.fromEntries(topics.map((topic) => [topic, nowMs])) } };
}

/** A refusal of the question itself; where the camera is must go on being asked. */
export function refused(rota: Rota, topic: Topic): Rota {
  return topic === 'where' ? rota : { ...rota, unknown: new Set([...rota.unknown, topic]) };
}

function readPanTilt(data: Buffer, { stepsPerDegree }: Profile): Partial<Facts> | null {
  const steps = panTiltOf(data);
  return steps && { panDeg: steps.pan / stepsPerDegree, tiltDeg: steps.tilt / stepsPerDegree, panNibbles: steps.panNibbles };
}

function readZoom(data: Buffer, profile: Profile): Partial<Facts> | null {
  const position = zoomPositionOf(data);
  return position === null ? null : { zoom: magnificationAt(position, profile) };
}

function readVersion(data: Buffer): Partial<Facts> | null {
  const version = versionOf(data);
  return version && { version };
}

function readPower(data: Buffer): Partial<Facts> | null {
  const on = switchOf(data);
  return on === null ? null : { power: on ? 'on' : 'off' };
}

function readFocus(data: Buffer): Partial<Facts> | null {
  const auto = switchOf(data);
  return auto === null ? null : { focus: auto ? 'auto' : 'manual' };
}
