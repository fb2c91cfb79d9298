import { expect, test } from 'vitest';
import { FaultyLine } from './faults.ts';
import { ack, completion } from './replies.ts';

test('drops acknowledgements only', () => {
  const line = new FaultyLine();
  line.set({ dropAck: true });
  expect(delivered(line)).toEqual(['9051ff']);
});

test('loses everything at a loss of 1, nothing at 0', () => {
  const line = new FaultyLine();
  line.set({ loss: 1 });
  expect(line.arrives()).toBe(false);
  expect(delivered(line)).toEqual([]);
  line.set({});
  expect(line.arrives()).toBe(true);
  expect(delivered(line)).toEqual(['9041ff', '9051ff']);
});

test('noise comes before the answer and does not eat it', () => {
  const line = new FaultyLine(() => 0.4);
  line.set({ garbage: true });
  for (const frame of delivered(line)) expect(frame).toMatch(/^(66)+ff90[45]1ff$/);
});

function delivered(line: FaultyLine): string[] {
  const frames: string[] = [];
  for (const frame of [ack(1), completion(1)]) line.deliver(frame, (bytes) => frames.push(bytes.toString('hex')));
  return frames;
}
