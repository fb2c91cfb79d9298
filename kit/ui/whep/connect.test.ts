import { afterEach, expect, it, vi } from 'vitest';
import { connectPeer } from './connect.ts';

const cutOff = () => new ReadableStream({ start: (controller) => controller.error(new TypeError('terminated')) });
const peer = (takesAnswer: () => Promise<void>) =>
  Object.assign(new EventTarget(), { createOffer: async () => ({ sdp: 'offer' }), setLocalDescription: async () => undefined, setRemoteDescription: takesAnswer, close: vi.fn() });

afterEach(() => void vi.unstubAllGlobals());

it.each([
  ['cut off on its way', cutOff(), () => Promise.resolve()],
  ['nothing a browser takes', 'answer', () => Promise.reject(new DOMException('no such line', 'InvalidAccessError'))],
])('tells as a failure like any other that the answer is %s', async (_, body, takesAnswer) => {
  vi.stubGlobal('fetch', async () => new Response(body, { status: 201 }));
  vi.stubGlobal('addEventListener', () => undefined);
  const mute = peer(takesAnswer);
  const connecting = connectPeer(mute as unknown as RTCPeerConnection, { url: 'https://box.test/share/whip', token: 't' }, new AbortController().signal);
  await expect(connecting).rejects.toMatchObject({ name: 'ApiError', code: 'unreachable', status: 0, cause: expect.any(Error) });
  expect(mute.close).toHaveBeenCalled();
});
