import { expect, it } from 'vitest';
import { captureArguments, nativeSizeIn } from './arguments.ts';
import type { SourceConfig } from './source-config.ts';

const WEBCAM = { format: 'mjpeg', width: 1920, height: 1080 };
const TRACK = '-f nut -write_index 0 -flush_packets 1 pipe:3';

const HD = { width: 1280, height: 720 };
const LEADING = '-hide_banner -nostdin -nostats -loglevel info';
const RTSP = '-fflags nobuffer -probesize 500000 -analyzeduration 500000 -fpsprobesize 0 -flags low_delay -threads 1';
const DEVICE = '-copyts -fflags nobuffer -probesize 32 -analyzeduration 0';
const FIT = 'scale=w=2*max(1\\,round(min(1280\\,720*dar)/2)):h=2*max(1\\,round(min(720\\,1280/dar)/2)):flags=bicubic:eval=frame,pad=1280:720:(ow-iw)/2:(oh-ih)/2:color=0x14181f:eval=frame,setsar=1,format=yuv420p';
const PICTURE_END = '-fps_mode passthrough -c:v rawvideo -threads 1 -f rawvideo -flush_packets 1 -listen 1 unix:/run/s.sock';
const SOUND_END = '-map 0:a:0 -ac 2 -ar 48000 -c:a pcm_s16le -f s16le -flush_packets 1 -listen 1 unix:/run/s.sock';

it.each<[string, Partial<SourceConfig>, string]>([
  [
    'a camera', { kind: 'camera', url: 'rtsp://10.0.0.5/stream' },
    `${LEADING} -rtsp_transport tcp -timeout 5000000 -allowed_media_types video ${RTSP} -i rtsp://10.0.0.5/stream -map 0:v:0 -filter_threads 1 -vf ${FIT} ${PICTURE_END}`,
  ],
  [
    'slides at ten frames a second', { kind: 'slides', url: 'rtsp://10.0.0.6/hdmi' },
    `${LEADING} -rtsp_transport tcp -timeout 5000000 -allowed_media_types video ${RTSP} -i rtsp://10.0.0.6/hdmi -map 0:v:0 -filter_threads 1 -vf select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.0750),${FIT} ${PICTURE_END}`,
  ],
  [
    'a microphone', { kind: 'microphone', url: 'rtsp://10.0.0.7/mic' },
    `${LEADING} -rtsp_transport tcp -timeout 5000000 -allowed_media_types audio ${RTSP} -i rtsp://10.0.0.7/mic ${SOUND_END}`,
  ],
  [
    'a test picture', { kind: 'camera', url: 'test:moving' },
    `${LEADING} -re -f lavfi -i testsrc2=size=1280x720:rate=25 -map 0:v:0 -filter_threads 1 -vf ${FIT} ${PICTURE_END}`,
  ],
  ['a black test picture', { kind: 'camera', url: 'test:black', fps: 5 },
    `${LEADING} -re -f lavfi -i color=black:size=1280x720:rate=25 -map 0:v:0 -filter_threads 1 -vf select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.1500),${FIT} ${PICTURE_END}`],
  ['a test tone', { kind: 'microphone', url: 'test:tone' },
    `${LEADING} -re -f lavfi -i sine=frequency=440:beep_factor=4:sample_rate=48000 ${SOUND_END}`],
  ['a USB camera, its age told', { kind: 'camera', url: 'v4l2:/dev/v4l/by-id/usb-cam' },
    `${LEADING} ${DEVICE} -f v4l2 -ts abs -input_format mjpeg -video_size 1920x1080 -framerate 25 -flags low_delay -threads 1 -i /dev/v4l/by-id/usb-cam -map 0:v:0 -filter_threads 1 -vf ${FIT},showinfo=checksum=0 ${PICTURE_END}`],
  ['a USB microphone with a track of its own', { kind: 'microphone', url: 'alsa:hw:CARD=Mic,DEV=0', isolated: true },
    `${LEADING} ${DEVICE} -f alsa -channels 2 -sample_rate 48000 -i plughw:CARD=Mic,DEV=0 -af ashowinfo ${SOUND_END} -map 0:a:0 -ac 2 -ar 48000 -c:a aac -b:a 128k ${TRACK}`],
  ['PulseAudio', { kind: 'microphone', url: 'pulse:' },
    `${LEADING} ${DEVICE} -f pulse -channels 2 -sample_rate 48000 -fragment_size 3840 -i default -af ashowinfo ${SOUND_END}`],
  ['a film with a track of its own', { kind: 'camera', url: 'file:/films/a b.mp4', isolated: true },
    `${LEADING} -re -stream_loop -1 -threads 1 -i /films/a b.mp4 -map 0:v:0 -filter_threads 1 -vf ${FIT} ${PICTURE_END} -map 0:v:0 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -threads 1 -g 25 -bf 0 -crf 23 -maxrate 4M -bufsize 4M ${TRACK}`],
  ['FFmpeg’s RTSP over UDP', { kind: 'microphone', url: 'rtsp+ffmpeg://10.0.0.7/mic', transport: 'udp' },
    `${LEADING} -rtsp_transport udp -timeout 5000000 -allowed_media_types audio ${RTSP} -i rtsp://10.0.0.7/mic ${SOUND_END}`],
])('captures %s', (_what, source, expected) => {
  const config: SourceConfig = { id: 's', name: 'Source', kind: 'camera', url: 'test:bars', ...source };
  const mode = config.url.startsWith('v4l2:') ? WEBCAM : null;
  expect(captureArguments({ source: config, raster: HD, programFps: 25, socketPath: '/run/s.sock' }, mode).join(' ')).toBe(expected);
});

it('copies what a camera encodes by itself', () => {
  const source: SourceConfig = { id: 's', name: 'S', kind: 'camera', url: 'v4l2:/dev/video0', isolated: true };
  const args = captureArguments({ source, raster: HD, programFps: 25, socketPath: '/run/s.sock' }, { ...WEBCAM, format: 'h264' });
  expect(args.join(' ')).toContain(`-map 0:v:0 -c:v copy ${TRACK}`);
});

it.each([
  ['  Stream #0:0: Video: h264 (Constrained Baseline), yuv420p(tv, bt709), 1920x1080, 25 fps', { width: 1920, height: 1080 }],
  ['  Stream #0:0[0x1]: Video: hevc (Main), yuv420p(tv), 3840x2160 [SAR 1:1 DAR 16:9], 30 fps', { width: 3840, height: 2160 }],
  ['  Stream #0:0: Video: h264 (High), yuv420p(progressive), 704x576 [SAR 16:11 DAR 16:9], 25 fps', { width: 1024, height: 576 }],
  ['  Stream #0:0: Video: mpeg2video (Main), yuv420p(tv), 720x576 [SAR 16:15 DAR 4:3], SAR 64:45 DAR 16:9, 25 fps', { width: 1024, height: 576 }],
  ['  Stream #0:0: Video: mjpeg (Baseline), yuvj422p(pc), 640x480 [SAR 0:1 DAR 0:0], 30 fps', { width: 640, height: 480 }],
  ['  Stream #0:0: Video: rawvideo (I420 / 0x30323449), yuv420p(tv, progressive), 1280x720 [SAR 1:1 DAR 16:9], q=2-31, 276480 kb/s, 25 fps', null],
  ['  Stream #0:1: Audio: pcm_s16be, 48000 Hz, mono', null],
  ['Output #0, rawvideo, to unix:/x/1280x720.sock', null],
])('reads the native size from "%s"', (line, expected) => {
  expect(nativeSizeIn(line)).toEqual(expected);
});
