import { expect, it } from 'vitest';
import { Delivery } from './delivery.ts';

const viewers = Array.from({ length: 200 }, (_, viewer) => viewer);
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it('gives way between slices, and keeps the order for everybody', async () => {
  const delivery = new Delivery();
  const given: string[] = [];
  delivery.add(viewers, (viewer) => given.push(`${viewer}:1`));
  delivery.add(viewers, (viewer) => given.push(`${viewer}:2`));
  expect(given).toEqual([]);
  await turn();
  expect([given.length > 0, given.length < viewers.length]).toEqual([true, true]);
  delivery.finish();
  expect(given).toEqual([...viewers.map((viewer) => `${viewer}:1`), ...viewers.map((viewer) => `${viewer}:2`)]);
});

it('lets no more than a few blocks wait', () => {
  const delivery = new Delivery();
  let given = 0;
  for (let block = 0; block < 100; block += 1) delivery.add(viewers, () => (given += 1));
  expect(given).toBeGreaterThanOrEqual(68 * viewers.length);
});
