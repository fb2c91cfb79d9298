/** Messages between the appliance and the process that captures one RTSP source (Node IPC). Its track goes over a pipe (`track-wire.ts`). */
import Type, { type Static } from 'typebox';
import { SourceConfig } from '../source-config.ts';

export const BeginCapture = Type.Object({
  source: SourceConfig,
  raster: Type.Object({ width: Type.Integer(), height: Type.Integer() }),
  programFps: Type.Integer(),
  socketPath: Type.String(),
});
export type BeginCapture = Static<typeof BeginCapture>;

export const FromCapture = Type.Union([
  Type.Object({ type: Type.Literal('size'), width: Type.Integer(), height: Type.Integer() }),
  Type.Object({ type: Type.Literal('latency'), latencyMs: Type.Number() }),
  Type.Object({ type: Type.Literal('dropped'), frames: Type.Integer() }),
  /** The device is not there, and is waited for. */
  Type.Object({ type: Type.Literal('away') }),
  /** Last message: why it ends. */
  Type.Object({ type: Type.Literal('failed'), code: Type.String(), message: Type.String() }),
]);
export type FromCapture = Static<typeof FromCapture>;

/** The descriptor of the track's pipe in the capture process. */
export const TRACK_FD = 4;
