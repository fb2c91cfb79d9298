import type { HealthState } from '../contract/health.ts';
import type { HealthFacts, Reading, Rule } from './rules.ts';
import { isRaised, nextWatch, WELL, type Watch } from './watch.ts';

type Alarm = HealthState['alarms'][number];

interface Watched {
  readonly rule: Rule;
  readonly watch: Watch;
  /** The words of the last reading that was wrong. */
  readonly reading: Reading;
}

/** By the rule's code and what it is of. */
export type Watches = ReadonlyMap<string, Watched>;

/** Every rule's watches after one look (pure). What nobody reads any more (a source that was taken away) is forgotten. */
export function look(watches: Watches, rules: readonly Rule[], facts: HealthFacts, nowMs: number): Watches {
  return new Map(
    rules.flatMap((rule) =>
      rule.read(facts).map((reading): [string, Watched] => {
        const key = reading.subject === '' ? rule.code : `${rule.code}:${reading.subject}`;
        const before = watches.get(key);
        const watch = nextWatch(before?.watch ?? WELL, reading.value, rule, nowMs);
        return [key, { rule, watch, reading: watch.kind === 'recovering' && before !== undefined ? before.reading : reading }];
      }),
    ),
  );
}

/** Critical ones first, then the oldest. */
export function healthOf(watches: Watches): HealthState {
  const alarms = [...watches].flatMap(([code, { rule, watch, reading }]): Alarm[] =>
    isRaised(watch) ? [{ code, severity: rule.severity, message: reading.message, advice: reading.advice, since: new Date(watch.sinceMs).toISOString() }] : [],
  );
  const ordered = alarms.toSorted((a, b) => Number(b.severity === 'critical') - Number(a.severity === 'critical') || a.since.localeCompare(b.since));
  return { verdict: ordered[0]?.severity ?? 'ok', alarms: ordered };
}
