/** Sent into a browser page as source, each function alone: see test/product/in-page.ts. */
interface Video {
  muted: boolean;
  autoplay: boolean;
  srcObject: object | null;
  requestVideoFrameCallback(shown: (now: number, frame: { width: number }) => void): number;
}
interface Peer {
  addTransceiver(kind: string, options?: object): object;
  createOffer(): Promise<{ sdp: string }>;
  setLocalDescription(description: object): Promise<void>;
  setRemoteDescription(description: object): Promise<void>;
  getStats(): Promise<{ values(): Iterable<Record<string, unknown>> }>;
  ontrack: (event: { track: object }) => void;
}
declare const RTCPeerConnection: new () => Peer;
declare const MediaStream: new () => { addTrack(track: object): void };
declare const document: { body: { append(element: Video): void }; createElement(name: 'video'): Video };
declare const window: { shown?: ShownPicture[]; peer?: Peer };

/** A picture that was shown, epoch milliseconds. */
export interface ShownPicture {
  readonly atMs: number;
  readonly width: number;
}

/** Plays a WHEP address over another port than the answer names, and notes each picture that is shown. */
export async function watchInPage({ url, token, fromPort, toPort }: { url: string; token: string; fromPort: number; toPort: number }): Promise<void> {
  const peer = new RTCPeerConnection();
  for (const kind of ['video', 'audio']) peer.addTransceiver(kind, { direction: 'recvonly' });
  const stream = new MediaStream();
  peer.ontrack = ({ track }) => stream.addTrack(track);
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  video.srcObject = stream;
  document.body.append(video);
  const shown: ShownPicture[] = [];
  const note = (now: number, { width }: { width: number }): void => {
    shown.push({ atMs: performance.timeOrigin + now, width });
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, body: offer.sdp });
  if (answer.status !== 201) throw new Error(`WHEP answered ${answer.status}: ${await answer.text()}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: (await answer.text()).replaceAll(`127.0.0.1 ${fromPort} typ`, `127.0.0.1 ${toPort} typ`) });
  window.shown = shown;
  window.peer = peer;
}

/** Pictures shown since the last call. */
export function shownInPage(): Promise<ShownPicture[]> {
  return Promise.resolve(window.shown?.splice(0) ?? []);
}

/** What the browser counts of pictures that stood, and of sound that it had to make up. */
export async function countedInPage(): Promise<{ freezes: number; frozenS: number; concealedShare: number }> {
  const all = [...((await window.peer?.getStats())?.values() ?? [])];
  const inbound = (kind: string): Record<string, unknown> => all.find((each) => each['type'] === 'inbound-rtp' && each['kind'] === kind) ?? {};
  const [video, audio] = [inbound('video'), inbound('audio')];
  return {
    freezes: Number(video['freezeCount'] ?? 0), frozenS: Number(video['totalFreezesDuration'] ?? 0),
    concealedShare: Number(audio['concealedSamples'] ?? 0) / Math.max(1, Number(audio['totalSamplesReceived'] ?? 0)),
  };
}
