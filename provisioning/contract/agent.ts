/** Messages between the appliance and its provisioning agent child (Node IPC). */
import Type, { type Static } from 'typebox';
import { BoxTokens, HealthReport, RoomConfig } from './enrolment.ts';

export const FromAgent = Type.Union([
  Type.Object({
    type: Type.Literal('enrolment'),
    phase: Type.Union([Type.Literal('unclaimed'), Type.Literal('claimed')]),
    claimCode: Type.Union([Type.String(), Type.Null()]),
    claimUrl: Type.Union([Type.String(), Type.Null()]),
    campusReachable: Type.Boolean(),
  }),
  /** Sent at start from what is on disk (sealed), and at every change: a box without campus keeps its room. */
  Type.Object({ type: Type.Literal('config'), config: RoomConfig }),
  Type.Object({ type: Type.Literal('tokens'), tokens: BoxTokens }),
]);
export type FromAgent = Static<typeof FromAgent>;

/** The appliance hands over its state and the machine's figures every second; the agent reports them. */
export const ToAgent = Type.Object({ type: Type.Literal('state'), state: HealthReport.properties.state, machine: HealthReport.properties.machine });
export type ToAgent = Static<typeof ToAgent>;

/** `provisioning/agent/main.ts --config FILE`, started by the appliance as a child with IPC. */
export const AgentConfig = Type.Object(
  {
    campusUrl: Type.String(),
    /** Keeps key, certificate and the last configuration; mode 0700. */
    identityDir: Type.String(),
    serial: Type.String(),
    model: Type.String(),
  },
  { additionalProperties: false },
);
export type AgentConfig = Static<typeof AgentConfig>;
