import { expect, it } from 'vitest';
import type { ReceivedFrame } from '#kit/webrtc/types.ts';
import { Laptop } from './laptop.ts';
import type { Sharing } from './laptop-decoder.ts';

type OnFrame = (frame: ReceivedFrame) => void;

/** 20 ms of CELT in one frame, of so many bytes. */
function sound(bytes: number): ReceivedFrame {
  return { kind: 'audio', rid: null, captureUs: 0, keyframe: true, data: Buffer.alloc(bytes, 0xfc) };
}

it('passes on the sound that a browser sends, and nothing that no Opus encoder makes', () => {
  const written: number[] = [];
  const begun: Sharing[] = [];
  let receive: OnFrame = () => expect.fail('nobody listens');
  const on = (_event: string, listener: unknown): (() => void) => {
    receive = listener as OnFrame;
    return () => undefined;
  };
  const decoder = { begin: (sharing: Sharing) => void begun.push(sharing), end: () => undefined, write: (bytes: Buffer) => void written.push(bytes.length), sized: () => undefined };
  const laptop = new Laptop({ on, requestKeyframe: () => undefined }, { picture: decoder, sound: decoder });
  // The largest that fits into a datagram: more than a page of Ogg can name.
  for (const bytes of [65_100, 65_400]) receive(sound(bytes));
  expect([written, begun.length]).toEqual([[], 1]);
  receive(sound(200));
  expect([written.length, begun.length]).toEqual([1, 2]);
  laptop.letGo();
});
