import { expect, it } from 'vitest';
import { refusalOf } from './hls-refusal.ts';

const answer = (responseText: string, responseType = 'text') => ({ responseType, responseText });

it.each([
  ['a full edge', answer('{"error":{"code":"edge_full","message":"…","details":{"retryAfterMs":31000}}}'), { code: 'edge_full', retryAfterMs: 31_000 }],
  ['a refusal without a time', answer('{"error":{"code":"not_live","message":"…"}}'), { code: 'not_live', retryAfterMs: null }],
  ['a time that is none', answer('{"error":{"code":"edge_full","details":{"retryAfterMs":"soon"}}}', ''), { code: 'edge_full', retryAfterMs: null }],
  ['a proxy\'s page', answer('<html>502</html>'), null],
  ['an answer of another kind', answer('{"error":null}'), null],
  ['nothing at all', answer('null'), null],
  ['bytes', answer('{"error":{"code":"bad_signature"}}', 'arraybuffer'), null],
  ['a network that is away', undefined, null],
])('reads %s', (_, given, refusal) => {
  expect(refusalOf(given)).toEqual(refusal);
});
