import { expect, it } from 'vitest';
import { judge } from './judge.ts';

const FINE = { name: 'player', seconds: 60, moved: 60.4, behind: 2, complaints: [] };

it.each([
  ['nothing', {}, []],
  ['what is harmless', { complaints: ['[mov,mp4 @ 0x5] Found duplicated MOOV Atom. Skipped it'] }, []],
  ['that it fell behind', { moved: 52, behind: 11 }, ['player played 52.0 s of the class in 60.0 s', 'player was 11.0 s behind at the end']],
  ['that it can not say where it is', { moved: NaN, behind: NaN }, ['player played NaN s of the class in 60.0 s', 'player was NaN s behind at the end']],
  ['a complaint, once', { complaints: ["0:01.5 0x7f WARN hls: had 'a'", "0:09.5 0x8f WARN hls: had 'b'"] }, ["player said 2 times: 0:01.5 0x7f WARN hls: had 'a'"]],
  ['many complaints, some of them', { complaints: [...'abcdefg'] }, [...'abcde'].map((letter) => `player said 1 times: ${letter}`).concat('player said 2 things more')],
])('finds %s', (_, change, broken) => {
  expect(judge({ ...FINE, ...change })).toEqual(broken);
});
