import Type, { type Static } from 'typebox';

const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Counter = Type.Integer({ minimum: 0, description: 'grows; begins anew with the child that counts' });

/** What the machine's child reads every few seconds. */
export const MachineFigures = Type.Object({
  cpuPercent: Type.Number(),
  memoryFreeBytes: Type.Number(),
  memoryTotalBytes: Type.Number(),
  diskFreeBytes: Type.Number(),
  temperatureC: OrNull(Type.Number()),
  uptimeSeconds: Type.Number(),
  diskBusyPercent: Type.Number({ description: 'of the busiest disk, over the last interval' }),
  diskErrors: Counter,
  networkErrors: Counter,
  /** Times that the processor slowed down because of heat. */
  throttled: Counter,
  /** This machine's clock minus the time servers', ms, as chrony measured it; null without chrony or before it has a source. */
  clockErrorMs: OrNull(Type.Number()),
});
export type MachineFigures = Static<typeof MachineFigures>;
