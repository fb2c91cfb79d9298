import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { checker } from '#kit/process/check.ts';

/** How many things a check looked at held, and how many did not. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export interface ReportedTally extends Tally {
  /** What failed and why, a block each. */
  readonly failures: readonly string[];
}

/** What we read of vitest's JSON report. A file that could not even be loaded is a failed suite with no test in it. */
const Report = Type.Object({
  numPassedTests: Type.Integer(),
  testResults: Type.Array(
    Type.Object({
      name: Type.String(),
      status: Type.String(),
      message: Type.String(),
      assertionResults: Type.Array(Type.Object({ status: Type.String(), fullName: Type.String(), failureMessages: Type.Array(Type.String()) })),
    }),
  ),
});
const checkReport = checker(Report, 'bad_report');

export function tallyOfReport(file: string): ReportedTally {
  const report = checkReport(JSON.parse(readFileSync(file, 'utf8')));
  const failures = report.testResults.flatMap((suite) => {
    const failed = suite.assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && suite.status === 'failed') return [`${suite.name}\n${suite.message}`];
    return failed.map((test) => [suite.name, test.fullName, ...test.failureMessages].join('\n'));
  });
  return { passed: report.numPassedTests, failed: failures.length, failures };
}

/** A failure that left no failed test behind (a crash, an unhandled rejection, no test at all) still counts. */
export function honest(tally: Tally, exitCode: number): Tally {
  if (exitCode !== 0 && tally.failed === 0) return { ...tally, failed: 1 };
  return tally;
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}
