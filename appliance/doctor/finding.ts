/** One thing that the doctor looked at. */
export interface Finding {
  readonly about: string;
  /** `bad`: a class cannot be held, or not be recorded. `look`: it can, and somebody should know. */
  readonly verdict: 'good' | 'look' | 'bad';
  /** A sentence for a person who has to choose or mend a machine. */
  readonly says: string;
}

const SIGNS = { good: 'ok  ', look: 'look', bad: 'BAD ' } as const;

/** A line a finding, under a heading for each subject. */
export function printed(findings: readonly Finding[]): string {
  const subjects = Map.groupBy(findings, ({ about }) => about);
  const blocks = [...subjects].map(([about, found]) => [about, ...found.map(({ verdict, says }) => `  ${SIGNS[verdict]}  ${says}`)].join('\n'));
  return [...blocks, '', conclusionOf(findings)].join('\n');
}

function conclusionOf(findings: readonly Finding[]): string {
  const count = (wanted: Finding['verdict']): number => findings.filter(({ verdict }) => verdict === wanted).length;
  if (count('bad') > 0) return `This machine cannot hold a class yet: ${count('bad')} to mend, marked BAD.`;
  return count('look') > 0 ? `This machine can hold a class; ${count('look')} to look at.` : 'This machine can hold a class.';
}
