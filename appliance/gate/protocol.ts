/** Messages between the appliance and its gate (Node IPC). The pictures and sounds themselves go over unix sockets. */
import { Settings } from '#appliance/contract/api.ts';
import { SoundSetting } from '#appliance/contract/sound.ts';
import { SourceState } from '#appliance/contract/sources.ts';
import Type, { type Static } from 'typebox';
import { Layout } from './layout.ts';

export const GateSource = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: SourceState.properties.kind,
  media: Type.Union([Type.Literal('picture'), Type.Literal('sound')]),
  /** Sound that is on air only in place of another that failed. */
  backup: Type.Boolean(),
  /** Unix socket on which its capture listens. */
  socket: Type.String(),
  delayMs: Type.Integer({ minimum: 0 }),
  /** How long its connection may bring nothing before its slate is shown, where that is normal; 500 ms unless told. */
  stalledAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Unix socket on which the gate gives single small pictures of it to whoever asks. */
  lookSocket: Type.Optional(Type.String()),
});
export type GateSource = Static<typeof GateSource>;

/** What cards and lower thirds say. */
export const Words = Type.Object({
  language: Settings.properties.language,
  /** Empty outside a class. */
  course: Type.String(),
  teacher: Type.String(),
  /** Empty where nobody knows what day it is. */
  date: Type.String(),
});
export type Words = Static<typeof Words>;

export const ToGate = Type.Union([
  /** First message, once. */
  Type.Object({
    type: Type.Literal('begin'),
    program: Type.Object({ width: Type.Integer(), height: Type.Integer(), fps: Type.Integer() }),
    sources: Type.Array(GateSource),
    /** Unix sockets on which the gate listens for the encoders. */
    videoSocket: Type.String(),
    audioSocket: Type.String(),
    layout: Layout,
    words: Words,
    /** Where the files of backgrounds and logos are. */
    imagesDir: Type.String(),
  }),
  Type.Object({ type: Type.Literal('words'), words: Words }),
  /** The room's own layouts: what they need is drawn ahead. */
  Type.Object({ type: Type.Literal('prepare'), layouts: Type.Array(Layout) }),
  Type.Object({ type: Type.Literal('layout'), layout: Layout }),
  /** `muted` silences the whole program. */
  Type.Object({ type: Type.Literal('sound'), muted: Type.Boolean(), sources: Type.Array(Type.Object({ id: Type.String(), ...SoundSetting.properties })) }),
  Type.Object({ type: Type.Literal('paused'), paused: Type.Boolean() }),
  /** While a class is captured nothing is moved in time but slowly, and microphones that give nothing are missed. */
  Type.Object({ type: Type.Literal('steady'), steady: Type.Boolean() }),
  /** A picture, or the newest sample of a block of sound, is this much older when it reaches the gate than the instant it was captured. */
  Type.Object({ type: Type.Literal('latency'), id: Type.String(), latencyMs: Type.Number({ minimum: 0 }) }),
  /** Write the source's present picture there, raw; answered by `picture-saved`. */
  Type.Object({ type: Type.Literal('save-picture'), id: Type.String(), file: Type.String() }),
]);
export type ToGate = Static<typeof ToGate>;

export const Stream = Type.Union([Type.Literal('video'), Type.Literal('audio')]);
export type Stream = Static<typeof Stream>;

export const GateReport = Type.Object({
  id: Type.String(),
  fps: Type.Number(),
  /** Pictures since the last report that came so late that they had to be left out; 0 for sound. */
  lost: Type.Integer(),
  ageMs: Type.Union([Type.Number(), Type.Null()]),
  luma: Type.Union([Type.Number(), Type.Null()]),
  fingerprint: Type.Union([Type.Number(), Type.Null()]),
  levelDbfs: Type.Number(),
  peakDbfs: Type.Number(),
  /** Of its clock against the gate's; null for pictures, and before it can be told. */
  driftPpm: Type.Union([Type.Number(), Type.Null()]),
});
export type GateReport = Static<typeof GateReport>;

export const FromGate = Type.Union([
  /** The program runs: frame 0 and sample 0 are of this instant, microseconds since 1970. */
  Type.Object({ type: Type.Literal('ready'), epochUs: Type.Integer() }),
  /**
   * The item that an encoder's connection gets as number `position` (frames or samples, from 0) is number `index` of the program.
   * Sent when an encoder connects, and again where items had to be left out because it did not read.
   */
  Type.Object({ type: Type.Literal('placed'), stream: Stream, connection: Type.Integer(), position: Type.Integer(), index: Type.Integer() }),
  /** `saved` is false where it had no picture. */
  Type.Object({ type: Type.Literal('picture-saved'), file: Type.String(), saved: Type.Boolean() }),
  /** dBFS: RMS of the last 100 ms, and the highest sample in it. */
  Type.Object({
    type: Type.Literal('levels'),
    sources: Type.Record(Type.String(), Type.Number()),
    program: Type.Number(),
    peaks: Type.Record(Type.String(), Type.Number()),
    programPeak: Type.Number(),
  }),
  Type.Object({
    type: Type.Literal('report'),
    sources: Type.Array(GateReport),
    /** Items left out so far because an encoder did not read, and the latest a tick came in the last half second, ms. */
    droppedFrames: Type.Integer(),
    droppedSamples: Type.Integer(),
    lateMs: Type.Number(),
    /** Pictures that wait for an encoder. */
    waitingFrames: Type.Integer(),
    sound: Type.Object({
      loudnessLufs: Type.Number(),
      truePeakDbtp: Type.Number(),
      gainDb: Type.Number(),
      /** The microphones are open. */
      captured: Type.Boolean(),
      /** Sources that are heard, and those that are not because they failed. */
      onAir: Type.Array(Type.String()),
      failed: Type.Array(Type.String()),
    }),
    /** How old the program is when it is shown: what happened in the room so long ago, ms. */
    programMs: Type.Number(),
  }),
]);
export type FromGate = Static<typeof FromGate>;
