import { expect, test } from 'vitest';
import { randomFrom } from '../../testing/random.ts';
import { buildTransportFeedback, parseRtcp } from './packet.ts';
import { parseTransportFeedback, transportFeedbackBody } from './transport-feedback.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/** Header fields: two SSRCs, base, count, reference 2 (128 ms), report 0. */
const withChunks = (count: string, rest: string): Buffer => bytes(`00000001 00000002 fff0 ${count} 000002 00 ${rest}`);

test.each([
  ['a run of small steps', withChunks('0003', '2003 04 08 00'), [129, 131, 131]],
  ['a vector of one-bit symbols', withChunks('0004', '8000'.replace('8000', 'b000') + ' 04 04'), [129, 130, null, null]],
  ['a vector of two-bit symbols with a step back', withChunks('0003', 'd800 04 fff8'), [129, 127, null]],
  ['a run of lost ones between', withChunks('0006', '2001 0004 2001 04 10'), [129, null, null, null, null, 133]],
])('%s', (_name, body, arrivals) => {
  expect(parseTransportFeedback(body)).toEqual({ baseSequence: 0xfff0, arrivals });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no statuses', withChunks('0000', '2001 04')],
  ['more statuses than any report has', withChunks('ffff', '3fff 3fff 3fff 3fff 3fff 3fff 3fff 3fff 3fff')],
  ['chunks that run out', withChunks('00ff', '2001')],
  ['steps that run out', withChunks('0003', '2003 04')],
  ['a reserved symbol', withChunks('0001', '6001 04')],
])('%s is no report', (_name, body) => expect(parseTransportFeedback(body)).toBeNull());

test('what is written is read again, whatever was lost and however late it came', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 200; round += 1) {
    let at = Math.floor(random() * 1e9);
    const arrivals = Array.from({ length: 1 + Math.floor(random() * 300) }, (_, index) => {
      at += Math.floor(random() * 600) - 100;
      return index > 0 && random() < 0.3 ? null : Math.max(0, at);
    });
    const packet = buildTransportFeedback(1, 2, { baseSequence: 65_500, arrivals }, round);
    const [read] = parseRtcp(packet);
    expect(read).toMatchObject({ type: 'transport-feedback', feedback: { baseSequence: 65_500 } });
    if (read?.type !== 'transport-feedback') continue;
    const wrapped = (value: number | null): number | null => (value === null ? null : value % (2 ** 24 * 64));
    expect(read.feedback.arrivals).toEqual(arrivals.map(wrapped));
  }
});

test('bytes of any kind are read or refused, never thrown at', () => {
  const random = randomFrom(11);
  const valid = transportFeedbackBody(1, 2, { baseSequence: 9, arrivals: [100, null, 101, 400, null, 401.5] }, 1);
  for (let round = 0; round < 5000; round += 1) {
    const mutated = Buffer.from(valid.subarray(0, Math.ceil(random() * valid.length)));
    for (let flips = 0; flips < 4; flips += 1) mutated[Math.floor(random() * mutated.length)] = Math.floor(random() * 256);
    const read = parseTransportFeedback(mutated);
    expect(read === null || read.arrivals.length <= 8192).toBe(true);
    const compound = Buffer.concat([Buffer.from([0x80 | Math.floor(random() * 32), 200 + Math.floor(random() * 8), 0, Math.floor(random() * 12)]), mutated]);
    expect(Array.isArray(parseRtcp(compound))).toBe(true);
  }
});
