import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { honest, sum, tallyOfReport } from './tally.ts';

function reportWith(report: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'tally-')), 'report.json');
  writeFileSync(file, JSON.stringify(report));
  return file;
}

describe('tally', () => {
  it('counts tests, and a file that could not be loaded as a failure', () => {
    const file = reportWith({
      numPassedTests: 3,
      testResults: [
        { name: 'a.test.ts', status: 'failed', message: '', assertionResults: [{ status: 'failed', fullName: 'adds', failureMessages: ['1 is not 2'] }] },
        { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
        { name: 'c.test.ts', status: 'passed', message: '', assertionResults: [{ status: 'passed', fullName: 'adds', failureMessages: [] }] },
      ],
    });
    expect(tallyOfReport(file)).toEqual({ passed: 3, failed: 2, failures: ['a.test.ts\nadds\n1 is not 2', 'b.test.ts\nno such module'] });
  });

  it('never passes a run that ended badly', () => {
    expect(honest({ passed: 5, failed: 0 }, 1)).toEqual({ passed: 5, failed: 1 });
    expect(honest({ passed: 5, failed: 0 }, 0)).toEqual({ passed: 5, failed: 0 });
  });

  it('adds up', () => {
    expect(sum([{ passed: 1, failed: 0 }, { passed: 2, failed: 3 }])).toEqual({ passed: 3, failed: 3 });
  });
});
