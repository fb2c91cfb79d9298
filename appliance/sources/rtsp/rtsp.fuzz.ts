import { joinNalUnits } from '#kit/media/h264.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { pieces, type FuzzTarget } from '#kit/testing/fuzz.ts';
import { below } from '#kit/testing/random.ts';
import { buildRtpHeader, parseRtp } from '#kit/webrtc/rtp/packet.ts';
import { challengeOf } from './authorization.ts';
import { CameraClock } from './camera-clock.ts';
import { chooseStream, type SoundOffer } from './description.ts';
import { RtspReader } from './message.ts';
import { SoundReceiver } from './sound-receiver.ts';
import { VideoReceiver } from './video-receiver.ts';

const SDP = [
  'v=0', 'o=- 1 1 IN IP4 10.0.0.5', 's=Camera', 'c=IN IP4 0.0.0.0', 't=0 0', 'a=control:*',
  'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAH9oBQBbsBEAAAPpAADDUI8YMqA==,aM48gA==', 'a=control:trackID=0',
  'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/48000/2', 'a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1190;sizeLength=13;indexLength=3', 'a=control:rtsp://10.0.0.5/sound',
].join('\r\n');
const MESSAGES = Buffer.concat([
  Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\nWWW-Authenticate: Digest realm="x", nonce="y"\r\n\r\nv=0\n'),
  Buffer.from('2400000d80600001000000010000000241', 'hex'),
  Buffer.from('GET_PARAMETER * RTSP/1.0\r\nCSeq: 7\r\n\r\n'),
]);
const NALS = joinNalUnits([Buffer.from('6742c01eda0280f6', 'hex'), Buffer.from('68ce3c80', 'hex'), Buffer.concat([Buffer.from([0x65, 0x88]), Buffer.alloc(300, 0x41)])]);
const AAC: SoundOffer = { kind: 'sound', codec: 'aac', payloadType: 97, clockHz: 48_000, control: '', channels: 2, aac: { config: Buffer.from('1190', 'hex'), sizeLength: 13, indexLength: 3 } };

function rtpOf(payload: Buffer, index: number): Buffer {
  return Buffer.concat([buildRtpHeader({ payloadType: 96, marker: index === 3, sequence: (65_534 + index) & 0xffff, timestamp: 3_600, ssrc: 1 }, []), payload]);
}

/** Receivers outlive what they are sent, as a camera's do. */
function received(): FuzzTarget['feed'] {
  const [video, sound, clock] = [new VideoReceiver(null, 0), new SoundReceiver(AAC, 0), new CameraClock(90_000)];
  let nowMs = 0;
  return (input, random) => {
    nowMs += 1;
    const packet = parseRtp(input);
    if (packet === null) return;
    // Most arrive in order, or nothing but gaps would be tried.
    const ordered = random() < 0.8 ? { ...packet, sequence: nowMs & 0xffff } : packet;
    for (const unit of video.push(ordered, nowMs)) clock.captureUs(unit.rtpTimestamp, { monotonicUs: nowMs * 1_000, wallUs: nowMs });
    sound.push(ordered, nowMs);
  };
}

export const rtspTargets: readonly FuzzTarget[] = [
  {
    name: 'rtsp-messages',
    seeds: () => [MESSAGES],
    feed: (input, random) => {
      const reader = new RtspReader();
      for (const piece of pieces(input, random)) reader.push(piece);
    },
  },
  { name: 'rtsp-description', seeds: () => [Buffer.from(SDP)], feed: (input, random) => chooseStream(input.toString('latin1'), below(2, random) === 0 ? 'video' : 'sound', 'rtsp://10.0.0.5/stream') },
  { name: 'rtsp-challenge', seeds: () => [Buffer.from('Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b", algorithm=MD5')], feed: (input) => challengeOf([input.toString('latin1')]) },
  { name: 'rtsp-media', seeds: () => packetizeH264(NALS, 100).map(rtpOf), feed: received() },
];
