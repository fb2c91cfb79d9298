/** Sent into a browser page as source, each function alone: see test/product/in-page.ts. */
interface Video {
  muted: boolean;
  autoplay: boolean;
  srcObject: object | null;
  requestVideoFrameCallback(shown: () => void): number;
  remove(): void;
}
interface Peer {
  addTransceiver(kind: string | object, options?: object): { setCodecPreferences(codecs: object[]): void };
  createOffer(): Promise<{ sdp: string }>;
  createAnswer(): Promise<{ sdp: string }>;
  setLocalDescription(description: object): Promise<void>;
  setRemoteDescription(description: object): Promise<void>;
  addIceCandidate(candidate: object): Promise<void>;
  close(): void;
  ontrack: (event: { track: object }) => void;
  onicecandidate: (event: { candidate: object | null }) => void;
}
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): { fillStyle: string; fillRect(...box: number[]): void };
  captureStream(fps: number): { getTracks(): object[] };
}
declare const RTCPeerConnection: new () => Peer;
declare const RTCRtpSender: { getCapabilities(kind: string): { codecs: { mimeType: string }[] } };
declare const MediaStream: new () => { addTrack(track: object): void };
declare const document: { body: { append(element: Video): void }; createElement<K extends 'video' | 'canvas'>(name: K): K extends 'video' ? Video : Canvas };

/** Milliseconds from sending a WHEP request to the first frame shown. */
export async function joinInPage({ url, token }: { url: string; token: string }): Promise<number> {
  const peer = new RTCPeerConnection();
  for (const kind of ['video', 'audio']) peer.addTransceiver(kind, { direction: 'recvonly' });
  const stream = new MediaStream();
  peer.ontrack = ({ track }) => stream.addTrack(track);
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  video.srcObject = stream;
  document.body.append(video);
  const shown = new Promise<number>((resolve) => {
    video.requestVideoFrameCallback(() => resolve(performance.now()));
  });
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const authorisation: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
  const beganAt = performance.now();
  const answer = await fetch(url, { method: 'POST', headers: { ...authorisation, 'content-type': 'application/sdp' }, body: offer.sdp });
  if (answer.status !== 201) throw new Error(`WHEP answered ${answer.status}: ${await answer.text()}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  const elapsed = (await shown) - beganAt;
  const location = answer.headers.get('location');
  if (location !== null) await fetch(new URL(location, url), { method: 'DELETE', headers: authorisation });
  peer.close();
  video.remove();
  return elapsed;
}

/** The same from one peer connection to another in this page: 720p H.264 that the browser makes and shows itself, and no server. */
export async function loopbackInPage(): Promise<number> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1280, 720];
  const pen = canvas.getContext('2d');
  const painting = setInterval(() => {
    pen.fillStyle = `hsl(${performance.now() % 360} 80% 50%)`;
    pen.fillRect(0, 0, 1280, 720);
  }, 40);
  const [sender, receiver] = [new RTCPeerConnection(), new RTCPeerConnection()];
  sender.onicecandidate = ({ candidate }) => void (candidate && receiver.addIceCandidate(candidate));
  receiver.onicecandidate = ({ candidate }) => void (candidate && sender.addIceCandidate(candidate));
  const stream = new MediaStream();
  receiver.ontrack = ({ track }) => stream.addTrack(track);
  const video = document.createElement('video');
  video.muted = true;
  video.autoplay = true;
  video.srcObject = stream;
  document.body.append(video);
  const shown = new Promise<number>((resolve) => {
    video.requestVideoFrameCallback(() => resolve(performance.now()));
  });
  for (const track of canvas.captureStream(25).getTracks()) {
    const transceiver = sender.addTransceiver(track, { direction: 'sendonly' });
    transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(({ mimeType }) => mimeType === 'video/H264'));
  }
  const offer = await sender.createOffer();
  const beganAt = performance.now();
  await sender.setLocalDescription(offer);
  await receiver.setRemoteDescription(offer);
  const answer = await receiver.createAnswer();
  await receiver.setLocalDescription(answer);
  await sender.setRemoteDescription(answer);
  const elapsed = (await shown) - beganAt;
  clearInterval(painting);
  sender.close();
  receiver.close();
  video.remove();
  return elapsed;
}
