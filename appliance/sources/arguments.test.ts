import { expect, it } from 'vitest';
import { captureArguments, nativeSizeIn } from './arguments.ts';
import type { SourceConfig } from './source-config.ts';

const HD = { width: 1280, height: 720 };
const LEADING = '-hide_banner -nostdin -nostats -loglevel info';
const RTSP = '-fflags nobuffer -probesize 500000 -analyzeduration 500000 -fpsprobesize 0 -flags low_delay -threads 1';
const FIT = 'scale=w=1280:h=720:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic,pad=1280:720:(ow-iw)/2:(oh-ih)/2:color=0x14181f,setsar=1,format=yuv420p';
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
])('captures %s', (_what, source, expected) => {
  const config: SourceConfig = { id: 's', name: 'Source', kind: 'camera', url: 'test:bars', ...source };
  expect(captureArguments(config, HD, 25, '/run/s.sock').join(' ')).toBe(expected);
});

it.each([
  ['  Stream #0:0: Video: h264 (Constrained Baseline), yuv420p(tv, bt709), 1920x1080, 25 fps', { width: 1920, height: 1080 }],
  ['  Stream #0:0[0x1]: Video: hevc (Main), yuv420p(tv), 3840x2160 [SAR 1:1 DAR 16:9], 30 fps', { width: 3840, height: 2160 }],
  ['  Stream #0:1: Audio: pcm_s16be, 48000 Hz, mono', null],
  ['Output #0, rawvideo, to unix:/x/1280x720.sock', null],
])('reads the native size from "%s"', (line, expected) => {
  expect(nativeSizeIn(line)).toEqual(expected);
});
