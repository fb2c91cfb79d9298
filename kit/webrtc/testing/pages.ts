/** Test aid: pages for the browser. Each leaves what it measures on `window`. */
export const PLAYER_PAGE = `<!doctype html><video id="v" autoplay muted playsinline></video><script>
async function play() {
  const pc = new RTCPeerConnection();
  window.pc = pc;
  window.frames = [];
  const stream = new MediaStream();
  const video = document.getElementById('v');
  video.srcObject = stream;
  pc.ontrack = ({ track }) => stream.addTrack(track);
  pc.addTransceiver('video', { direction: 'recvonly' });
  pc.addTransceiver('audio', { direction: 'recvonly' });
  const note = (now, data) => {
    window.frames.push({ at: performance.timeOrigin + now, rtpTimestamp: data.rtpTimestamp, expected: performance.timeOrigin + data.expectedDisplayTime });
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  await pc.setLocalDescription();
  window.postedAt = Date.now();
  const answer = await fetch('/whep', { method: 'POST', body: pc.localDescription.sdp });
  window.answer = await answer.text();
  await pc.setRemoteDescription({ type: 'answer', sdp: window.answer });
  window.answeredAt = Date.now();
}
async function stats() {
  const all = [...(await pc.getStats()).values()];
  const inbound = (kind) => all.find((s) => s.type === 'inbound-rtp' && s.kind === kind) ?? {};
  return { transport: all.find((s) => s.type === 'transport') ?? {}, video: inbound('video'), audio: inbound('audio') };
}
</script>`;

export const PUBLISHER_PAGE = `<!doctype html><script>
function busyPicture() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const paint = canvas.getContext('2d');
  setInterval(() => {
    for (let i = 0; i < 200; i += 1) {
      paint.fillStyle = '#' + Math.floor(Math.random() * 0xffffff).toString(16).padStart(6, '0');
      paint.fillRect(Math.random() * 640, Math.random() * 360, 30, 30);
    }
  }, 40);
  return canvas.captureStream(25).getVideoTracks()[0];
}
async function publish(simulcast) {
  const pc = new RTCPeerConnection();
  window.pc = pc;
  const media = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720, frameRate: 30 }, audio: true });
  // The browser's own test picture is so plain that it says nothing about bitrate.
  const video = busyPicture();
  const [audio] = media.getAudioTracks();
  const single = [{ maxBitrate: 2000000 }];
  const layers = [{ rid: 'h', maxBitrate: 1500000 }, { rid: 'l', maxBitrate: 300000, scaleResolutionDownBy: 2 }];
  pc.addTransceiver(video, { direction: 'sendonly', streams: [media], sendEncodings: simulcast ? layers : single });
  pc.addTransceiver(audio, { direction: 'sendonly', streams: [media] });
  await pc.setLocalDescription();
  window.offer = pc.localDescription.sdp;
  const answer = await fetch('/whip', { method: 'POST', body: window.offer });
  window.answer = await answer.text();
  await pc.setRemoteDescription({ type: 'answer', sdp: window.answer });
}
async function stats() {
  const all = [...(await pc.getStats()).values()];
  return { transport: all.find((s) => s.type === 'transport') ?? {}, outbound: all.filter((s) => s.type === 'outbound-rtp') };
}
</script>`;
