import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { checker } from '#kit/process/check.ts';

/** How many things a check looked at held, and how many did not. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** What we read of vitest's JSON report. A file that could not even be loaded is a failed suite with no test in it. */
const Report = Type.Object({
  numPassedTests: Type.Integer(),
  numFailedTests: Type.Integer(),
  testResults: Type.Array(Type.Object({ status: Type.String(), assertionResults: Type.Array(Type.Object({ status: Type.String() })) })),
});
const checkReport = checker(Report, 'bad_report');

export function tallyOfReport(file: string): Tally {
  const report = checkReport(JSON.parse(readFileSync(file, 'utf8')));
  const broken = report.testResults.filter(
    (suite) => suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken };
}

/** A failure that left no failed test behind (a crash, an unhandled rejection, no test at all) still counts. */
export function honest(tally: Tally, exitCode: number): Tally {
  if (exitCode !== 0 && tally.failed === 0) return { ...tally, failed: 1 };
  return tally;
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}
