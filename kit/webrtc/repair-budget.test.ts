import { expect, it } from 'vitest';
import { RepairBudget } from './repair-budget.ts';

function spent(budget: RepairBudget): number {
  let packets = 0;
  while (budget.spend(1_024)) packets += 1;
  return packets;
}

it('lets a large keyframe be repaired at once, and then a share of what is sent', () => {
  const budget = new RepairBudget();
  expect([spent(budget), spent(budget)]).toEqual([64, 0]);
  for (let packet = 0; packet < 100; packet += 1) budget.earn(1_024, false);
  expect(spent(budget)).toBe(60);
});

it('keeps to little on a narrow way', () => {
  const budget = new RepairBudget();
  budget.earn(0, true);
  expect(spent(budget)).toBe(8);
  for (let packet = 0; packet < 24; packet += 1) budget.earn(1_024, true);
  expect(spent(budget)).toBe(3);
});
