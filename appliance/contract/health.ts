/** The box's own health, as a part of `State`, and its past. */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time', description: 'RFC 3339' });

const Alarm = Type.Object({
  code: Type.String({ description: 'e.g. `temperature`, `source_lost:slides`' }),
  severity: Type.Enum(['warning', 'critical']),
  message: Type.String(),
  advice: Type.String({ description: 'what a teacher or an administrator can do about it' }),
  since: Instant,
});

/** Critical ones first. `verdict` is the worst of them. */
export const HealthState = Type.Object({ verdict: Type.Enum(['ok', 'warning', 'critical']), alarms: Type.Array(Alarm) });
export type HealthState = Static<typeof HealthState>;

export const HealthSeries = Type.Enum([
  'cpu-percent', 'memory-used-percent', 'temperature-c', 'disk-free-bytes', 'disk-busy-percent', 'network-errors', 'clock-offset-ms',
  'encoder-fps', 'encoder-queue', 'gate-lag-ms', 'dropped-frames', 'program-level-dbfs', 'uplink-kbps', 'viewers',
]);
export type HealthSeries = Static<typeof HealthSeries>;

/** `GET /api/health/history?series=…&from=…&to=…`: at most 720 points, as fine as is still kept (1 s for 10 min, 10 s for 6 h, 5 min for 30 days). */
export const HistoryQuery = Type.Object(
  { series: HealthSeries, from: Type.Optional(Instant), to: Type.Optional(Instant) },
  { additionalProperties: false },
);
const Values = Type.Array(Type.Union([Type.Number(), Type.Null()]));
export const History = Type.Object({
  series: HealthSeries,
  from: Instant,
  stepMs: Type.Integer(),
  /** Point `i` is of the span that begins at `from + i * stepMs`; null where nothing was measured. */
  mean: Values,
  high: Values,
});
export type History = Static<typeof History>;
