import { expect, it } from 'vitest';
import { DamagedPictures } from './damaged-pictures.ts';
import { FrameTimes, lastLineOf } from './decoder.ts';
import { LatencyMeter } from './latency-meter.ts';
import { PositionClock } from './position-clock.ts';

it.each<[string, string | null, string, number | null]>([
  ['a picture', '1/1000', '[Parsed_showinfo_4 @ 0x55e0] n:   7 pts:    280 pts_time:0.28    pos:       -1 fmt:yuv420p sar:1/1 s:1280x720 i:P iskey:1 type:I', 0.28],
  ['a picture after three hours', '1/1000', '[Parsed_showinfo_4 @ 0x55e0] n:270000 pts:10800040 pts_time:10800   pos:       -1 fmt:yuv420p', 10_800.04],
  ['a picture with the time of day', '1/1000000', '[Parsed_showinfo_3 @ 0x7f] n:   0 pts:1795250000123456 pts_time:1.79525e+09 fmt:yuv420p', 1_795_250_000.123456],
  ['the end of a block', null, '[Parsed_ashowinfo_0 @ 0x55] n:3 pts:3072 pts_time:0.064 pos:-1 fmt:fltp channels:1 chlayout:mono rate:48000 nb_samples:1024 checksum:03', 4_096 / 48_000],
  ['nothing from a picture of unknown time', null, '[Parsed_showinfo_4 @ 0x55e0] n:   7 pts:    280 pts_time:0.28', null],
  ['nothing from other lines', '1/1000', '[Parsed_showinfo_4 @ 0x55e0] color_range:unknown color_space:bt709', null],
])('reads when frames were ready: %s', (_what, timeBase, line, expected) => {
  const times = new FrameTimes();
  if (timeBase !== null) expect(times.push(`[Parsed_showinfo_4 @ 0x55bd] config in time_base: ${timeBase}, frame_rate: 25/1`)).toBeNull();
  const found = times.push(line);
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected, 6);
});

it.each<[string, string[], number]>([
  ['damaged on the USB cable', ['[video4linux2,v4l2 @ 0x55] Dequeued v4l2 buffer contains corrupted data (4096 bytes).'], 1],
  ['cut short by the driver', ['[video4linux2,v4l2 @ 0x55] Dequeued v4l2 buffer contains 4096 bytes, but 614400 were expected. Flags: 0x00000001.'], 1],
  ['that cannot be decoded', ['[mjpeg @ 0x55] No JPEG data found in image', 'Error while decoding stream #0:0: Invalid data found when processing input'], 1],
  ['the same, in the words of FFmpeg 7', ['[vist#0:0/mjpeg @ 0x55] [dec:mjpeg @ 0x66] Error submitting packet to decoder: Invalid data found when processing input'], 1],
  ['in a row', ['Error while decoding stream #0:0: Invalid data', '    Last message repeated 3 times', '    Last message repeated 2 times'], 6],
  ['but nothing else that is repeated', ['[mjpeg @ 0x55] overread 8', '    Last message repeated 3 times', '[Parsed_showinfo_4 @ 0x55e0] color_range:unknown'], 0],
])('counts the pictures that FFmpeg lost: %s', (_what, lines, expected) => {
  const damaged = new DamagedPictures();
  expect(lines.reduce((sum, line) => sum + damaged.push(line), 0)).toBe(expected);
});

it('tells FFmpeg’s last words apart from its frames', () => {
  expect(lastLineOf('/dev/video0: No such device\n[Parsed_showinfo_4 @ 0x1] n: 1 pts_time:0.1\n\n')).toBe('/dev/video0: No such device');
  expect(lastLineOf('')).toBe('without a word');
  expect(lastLineOf('rtsp://admin:s3cret@x@10.0.0.5:554/ch1@main: Connection refused')).toBe('rtsp://10.0.0.5:554/ch1@main: Connection refused');
});

it('tells the usual delay, seldom, and follows where it goes', () => {
  const told: number[] = [];
  const meter = new LatencyMeter((latencyMs) => void told.push(Math.round(latencyMs)));
  for (let frame = 0; frame < 200; frame += 1) meter.add(frame % 10 === 0 ? 400 : 80);
  expect(told).toEqual([80]);
  for (let frame = 0; frame < 1_000; frame += 1) meter.add(120);
  expect(told.at(-1)).toBeGreaterThan(117);
  expect(told.length).toBeLessThan(20);
});

it('knows when a position was captured, from the mark before it', () => {
  const clock = new PositionClock();
  expect(clock.captureUs(0)).toBeNull();
  clock.mark(0, 1_000_000);
  clock.mark(20_000, 1_020_500);
  expect([clock.captureUs(-5_000), clock.captureUs(10_000), clock.captureUs(20_000), clock.captureUs(30_000)]).toEqual([995_000, 1_010_000, 1_020_500, 1_030_500]);
  for (let mark = 2; mark < 5_000; mark += 1) clock.mark(mark * 20_000, 1_000_000 + mark * 20_000);
  expect(clock.captureUs(4_999 * 20_000 + 1)).toBe(1_000_000 + 4_999 * 20_000 + 1);
});
