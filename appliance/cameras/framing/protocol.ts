/** Messages between the appliance and the process that looks for the lecturer (Node IPC). Pictures come to it from the gate. */
import Type, { type Static } from 'typebox';

export const ToWatcher = Type.Union([
  /** First message, once: where the gate gives pictures, and the process's place in the line for the processor (nice). */
  Type.Object({ type: Type.Literal('begin'), lookSocket: Type.String(), priority: Type.Integer({ minimum: -20, maximum: 19 }) }),
  /** One picture every so many ms; null rests. It rests until told. */
  Type.Object({ type: Type.Literal('pace'), everyMs: Type.Union([Type.Integer({ minimum: 40 }), Type.Null()]) }),
]);
export type ToWatcher = Static<typeof ToWatcher>;

const Share = Type.Number({ minimum: -2, maximum: 3 });

export const FromWatcher = Type.Union([
  /** `problem` is why the person detector could not be loaded, where it could not. */
  Type.Object({ type: Type.Literal('ready'), detector: Type.Enum(['movenet', 'movement']), problem: Type.String() }),
  /** One picture was looked at; shares of its width and height. */
  Type.Object({
    type: Type.Literal('looked'),
    /** When it came to the gate, microseconds of the machine's monotonic clock. */
    arrivedUs: Type.Number(),
    person: Type.Union([Type.Null(), Type.Object({ head: Type.Object({ x: Share, y: Share }), size: Type.Number({ exclusiveMinimum: 0, maximum: 3 }), score: Type.Number() })]),
    /** Processor time that it took. */
    cpuMs: Type.Number(),
  }),
  /** The gate gave no picture for two seconds. */
  Type.Object({ type: Type.Literal('blind') }),
]);
export type FromWatcher = Static<typeof FromWatcher>;
