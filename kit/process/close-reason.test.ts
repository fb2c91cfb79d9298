import { expect, it } from 'vitest';
import { closeReason } from './close-reason.ts';

it.each(['not signed in', '课'.repeat(200), `a${'课'.repeat(200)}`, `ab${'课'.repeat(200)}`, '😀'.repeat(200), '\ud83d'.repeat(200)])('fits into a close: %s', (text) => {
  const said = closeReason(text);
  expect(Buffer.byteLength(said)).toBeLessThanOrEqual(123);
  expect(said.slice(0, 13)).toBe(Buffer.from(text).toString().slice(0, 13));
});
