/** Sent into a browser page as source: see in-page.ts. */
interface Stream {
  getTracks(): { readonly kind: string }[];
}
interface Peer {
  readonly connectionState: string;
  addTransceiver(track: object, options: object): { setCodecPreferences(codecs: object[]): void };
  createOffer(): Promise<{ sdp: string }>;
  setLocalDescription(offer: object): Promise<void>;
  setRemoteDescription(answer: object): Promise<void>;
}
declare const navigator: { mediaDevices: { getUserMedia(wanted: object): Promise<Stream> } };
declare const RTCPeerConnection: new () => Peer;
declare const RTCRtpSender: { getCapabilities(kind: string): { codecs: { mimeType: string }[] } };

/** Sends the browser's (fake) camera and microphone by WHIP; resolves once connected. The connection lives as long as the page. */
export async function publishByWhipInPage({ url, token }: { url: string; token: string }): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360, frameRate: 25 }, audio: true });
  const peer = new RTCPeerConnection();
  (globalThis as { publishing?: Peer }).publishing = peer;
  for (const track of stream.getTracks()) {
    const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    const { codecs } = RTCRtpSender.getCapabilities(track.kind);
    if (track.kind === 'video') transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/H264'));
  }
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
  let answer = await fetch(url, { method: 'POST', headers, body: offer.sdp });
  // A publisher that has just left may still hold the room for a moment.
  while (answer.status === 409) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    answer = await fetch(url, { method: 'POST', headers, body: offer.sdp });
  }
  if (answer.status !== 201) throw new Error(`WHIP answered ${answer.status}: ${await answer.text()}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  while (peer.connectionState !== 'connected') await new Promise((resolve) => setTimeout(resolve, 50));
}
