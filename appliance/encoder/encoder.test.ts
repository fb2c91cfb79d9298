import { describe, expect, it } from 'vitest';
import { audioArguments, videoArguments, type VideoProgram } from './arguments.ts';
import { choiceOf, currentOf, next } from './choice.ts';
import { Placement } from './placement.ts';
import { plainReason } from './plain-reason.ts';
import { SilenceWatch } from './silence.ts';

const PROGRAM: VideoProgram = {
  width: 1280, height: 720, fps: 25, x264Preset: 'superfast',
  renditions: [{ id: '720p', width: 1280, height: 720, bitrateKbps: 2500 }, { id: '360p', width: 640, height: 360, bitrateKbps: 600 }],
};
const LEADING = '-hide_banner -nostdin -nostats -loglevel warning';
const INPUT = '-probesize 32 -analyzeduration 0 -f rawvideo -pixel_format yuv420p -video_size 1280x720 -framerate 25 -i unix:/run/v.sock -filter_complex_threads 1 -filter_complex';
const COLOUR = '-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709';
const OUT = (bitrate: string, descriptor: number): string =>
  `-b:v ${bitrate} -maxrate ${bitrate} -bufsize ${bitrate} -g 12 -bf 0 ${COLOUR} -flush_packets 1 -write_index 0 -f nut pipe:${descriptor}`;

describe('arguments', () => {
  it.each([
    ['libx264', '', '[0:v]split=2[s0][s1];[s0]null[v0];[s1]scale=640:360:flags=area[v1]', '-preset superfast -tune zerolatency -profile:v baseline -sc_threshold 0 -threads 1 -x264-params sliced-threads=0'],
    ['h264_nvenc', '', '[0:v]split=2[s0][s1];[s0]null[v0];[s1]scale=640:360:flags=area[v1]', '-preset p3 -tune ull -profile:v baseline -rc cbr -zerolatency 1 -delay 0 -no-scenecut 1 -forced-idr 1'],
    ['h264_vaapi', '-vaapi_device /dev/dri/renderD128 ', '[0:v]format=nv12,hwupload,split=2[s0][s1];[s0]null[v0];[s1]scale_vaapi=w=640:h=360[v1]', '-profile:v constrained_baseline -rc_mode CBR -async_depth 1 -idr_interval 0'],
    ['h264_qsv', '-init_hw_device qsv=qsv:hw -filter_hw_device qsv ', '[0:v]format=nv12,hwupload=extra_hw_frames=16,split=2[s0][s1];[s0]null[v0];[s1]scale_qsv=w=640:h=360[v1]', '-preset veryfast -profile:v baseline -async_depth 1 -look_ahead 0 -low_delay_brc 1 -forced_idr 1 -idr_interval 0'],
  ])('encodes both renditions with %s', (encoder, device, graph, codec) => {
    const rendition = (index: number, rate: string): string => `-map [v${index}] -fps_mode passthrough -c:v ${encoder} ${codec} ${OUT(rate, 3 + index)}`;
    expect(videoArguments(encoder, PROGRAM, { kind: 'program', socket: '/run/v.sock' }).join(' ')).toBe(
      `${LEADING} ${device}${INPUT} ${graph} ${rendition(0, '2500k')} ${rendition(1, '600k')}`,
    );
  });

  it('tries the same work on one second of a test picture', () => {
    const args = videoArguments('h264_vaapi', PROGRAM, { kind: 'test' }).join(' ');
    expect(args).toContain('-f lavfi -t 1 -i testsrc2=size=1280x720:rate=25,format=yuv420p');
    expect(args).not.toContain('pipe:');
    expect(args.match(/-f null -/g)).toHaveLength(2);
  });

  it('makes AAC and Opus, each on its own pipe', () => {
    const nut = (descriptor: number): string => `-flush_packets 1 -write_index 0 -f nut pipe:${descriptor}`;
    expect(audioArguments('/run/a.sock').join(' ')).toBe(
      `${LEADING} -probesize 32 -analyzeduration 0 -f s16le -ar 48000 -ac 2 -i unix:/run/a.sock -map 0:a -c:a aac -aac_coder fast -b:a 128k ${nut(3)} ` +
        `-map 0:a -c:a libopus -b:a 64k -compression_level 5 -frame_duration 20 -application audio ${nut(4)}`,
    );
  });

  it('knows no other encoder', () => {
    expect(() => videoArguments('h264_v4l2m2m', PROGRAM, { kind: 'test' })).toThrow(RangeError);
  });
});

describe('reasons', () => {
  it.each([
    ['[h264_nvenc @ 0x1] Cannot load libcuda.so.1\nError initializing output stream 0:0', 'no NVIDIA driver is installed'],
    ['[AVHWDeviceContext @ 0x1] No VA display found for device /dev/dri/renderD128.', 'no graphics device with VA-API is there (/dev/dri/renderD128)'],
    ["Device creation failed: -1313558101.\nError parsing global options: Generic error in an external library", 'no Intel Quick Sync device is there'],
    ["Unknown encoder 'h264_nvenc'", 'this FFmpeg was built without it'],
    ['[x @ 0x1] the moon is full\nConversion failed!', 'FFmpeg said "the moon is full"'],
    ['', 'it ended without a word'],
  ])('puts %j plainly', (words, reason) => {
    expect(plainReason(words)).toBe(reason);
  });
});

describe('choice', () => {
  it('goes down the list, keeping why', () => {
    let choice = choiceOf(['h264_nvenc', 'libx264']);
    choice = next(choice, { type: 'refused', reason: 'no driver' });
    expect(currentOf(choice)).toBe('libx264');
    choice = next(choice, { type: 'worked' });
    expect(choice).toMatchObject({ tried: true, refused: [{ name: 'h264_nvenc', reason: 'no driver' }] });
  });

  it('leaves an encoder that fails for the next one at once, without a trial, but not the last one', () => {
    const failed = { type: 'failed', reason: 'it hung' } as const;
    let choice = next(next(choiceOf(['h264_vaapi', 'libx264']), { type: 'worked' }), failed);
    expect(choice).toMatchObject({ tried: true, refused: [{ name: 'h264_vaapi', reason: 'it hung' }], failed: ['h264_vaapi'] });
    for (let times = 0; times < 5; times += 1) choice = next(choice, failed);
    expect([currentOf(choice), choice.failed]).toEqual(['libx264', ['h264_vaapi']]);
  });

  it('takes one that works again back to the front', () => {
    const fallen = next(next(choiceOf(['h264_vaapi', 'libx264']), { type: 'worked' }), { type: 'failed', reason: 'it hung' });
    const back = next(fallen, { type: 'recovered', name: 'h264_vaapi' });
    expect(back).toEqual({ ...choiceOf(['h264_vaapi', 'libx264']), tried: true });
  });

  it('tries one no more that left a process behind', () => {
    const fallen = next(next(choiceOf(['h264_vaapi', 'libx264']), { type: 'worked' }), { type: 'failed', reason: 'it hung' });
    expect(next(fallen, { type: 'given-up', name: 'h264_vaapi' })).toEqual({ ...fallen, failed: [] });
  });

  it('has none when all are refused, and begins anew without forgetting why', () => {
    const none = next(choiceOf(['libx264']), { type: 'refused', reason: 'busy' });
    expect(currentOf(none)).toBeNull();
    const again = next(none, { type: 'begun-anew' });
    expect([currentOf(again), again.refused]).toEqual(['libx264', [{ name: 'libx264', reason: 'busy' }]]);
    expect(next(again, { type: 'worked' })).toMatchObject({ tried: true, refused: [] });
  });
});

describe('placement', () => {
  it('places what an encoder counts from 0 in the program, across what was left out', () => {
    const placement = new Placement();
    placement.place(0, 1000);
    placement.place(50, 1060);
    expect([0, 49, 50, 60].map((position) => placement.indexOf(position))).toEqual([1000, 1049, 1060, 1070]);
    expect(placement.indexOf(-1024)).toBe(-24);
  });

  it('knows where each item belongs while every other one is left out', () => {
    const placement = new Placement();
    for (let position = 0; position < 1_000; position += 1) placement.place(position, position * 2);
    for (let position = 950; position < 1_000; position += 1) expect(placement.indexOf(position)).toBe(position * 2);
  });
});

describe('an encoder’s silence', () => {
  const watch = (): SilenceWatch => new SilenceWatch({ firstMs: 3_000, laterMs: 1_500 }, 0);
  /** Asked every 250 ms from the first of these times on; the time of the answer. */
  function hungAt(silence: SilenceWatch, fromMs: number, isFed: (atMs: number) => boolean = () => true): number | null {
    for (let atMs = fromMs; atMs < fromMs + 10_000; atMs += 250) if (silence.isHung(isFed(atMs), atMs)) return atMs;
    return null;
  }

  it('is a hang 1.5 s after its last packet, and one look more', () => {
    const silence = watch();
    silence.heard(1_000);
    expect(hungAt(silence, 1_000)).toBe(3_000);
  });

  it('is forgiven longer before the first packet, and always while it is given nothing', () => {
    expect(hungAt(watch(), 0)).toBe(3_500);
    expect(hungAt(watch(), 0, () => false)).toBeNull();
    expect(hungAt(watch(), 0, (atMs) => atMs > 4_000)).toBe(7_500);
  });

  it('is none where a packet came in the meantime', () => {
    const silence = watch();
    silence.heard(0);
    expect(silence.isHung(true, 2_000)).toBe(false);
    silence.heard(2_001);
    expect(silence.isHung(true, 2_250)).toBe(false);
  });
});
