/** The box's own health, as a part of `State`. Its past comes with `GET /api/health/history?series=…&from=…&to=…`. */
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
