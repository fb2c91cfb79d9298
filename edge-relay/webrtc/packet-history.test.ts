import { expect, it } from 'vitest';
import { PacketHistory } from './packet-history.ts';

const frame = (...bytes: number[]) => ({ payloads: bytes.map((length) => Buffer.alloc(length)) });

it('has each frame once, for two seconds after it last went out', () => {
  const history = new PacketHistory();
  const [keyframe, next] = [frame(1_000, 500), frame(200)];
  history.note(keyframe, 0);
  history.note(next, 40);
  expect(history.figures(1_000)).toEqual({ packets: 3, bytes: 1_700, ms: 1_000 });
  history.note(keyframe, 1_500);
  expect(history.figures(2_040)).toEqual({ packets: 3, bytes: 1_700, ms: 2_000 });
  expect(history.figures(2_041)).toEqual({ packets: 2, bytes: 1_500, ms: 541 });
  expect(history.figures(3_501)).toEqual({ packets: 0, bytes: 0, ms: 0 });
});
