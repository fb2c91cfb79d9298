import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AAC_ENCODER_DELAY_SAMPLES, adtsHeader } from '#kit/media/aac.ts';
import { OggOpusWriter } from '#kit/media/ogg-opus.ts';
import { OPUS_ENCODER_DELAY_SAMPLES } from '#kit/media/opus.ts';
import type { AudioPacket } from '#kit/media/packet.ts';
import { sampleAudio, TEST_EPOCH_US, TONE_AFTER_ONE_SECOND } from '#kit/media/testing/samples.ts';
import { AudioConverter } from './audio-converter.ts';
import { samplesToUs } from './sample-clock.ts';

const BYTES_A_SAMPLE = 4; // s16le stereo
const LOUD = 3_000;

const stop: AbortController[] = [];
afterEach(() => {
  for (const controller of stop.splice(0)) controller.abort();
});

async function convert(from: 'aac' | 'opus', input: readonly AudioPacket[]): Promise<AudioPacket[]> {
  const controller = new AbortController();
  stop.push(controller);
  const converter = new AudioConverter({ name: 'edge-audio-test', from });
  const output: AudioPacket[] = [];
  converter.onPacket((packet) => output.push(packet));
  const running = converter.run(controller.signal);
  const endUs = (input.at(-1)?.captureUs ?? 0) - 200_000;
  for (const packet of input) {
    converter.write(packet);
    // The queue is bounded to what a live class needs: wait as a clock would.
    if (output.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await expect.poll(() => output.at(-1)?.captureUs ?? 0, { timeout: 5_000 }).toBeGreaterThan(endUs);
  controller.abort();
  await running;
  return output;
}

function asFile(packets: readonly AudioPacket[]): Buffer {
  if (packets[0]?.codec === 'aac') {
    return Buffer.concat(packets.flatMap(({ data, channels }) => [adtsHeader({ objectType: 2, sampleRateHz: 48_000, channels }, data.length), data]));
  }
  const ogg = new OggOpusWriter(2);
  return Buffer.concat([ogg.header(), ...packets.map(({ data }) => ogg.packet(data, 960))]);
}

/** Capture time at which the decoded sound begins, µs after the test's epoch. */
async function onsetUs(packets: readonly AudioPacket[]): Promise<number> {
  const child = spawn('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-f', 's16le', '-ac', '2', '-ar', '48000', 'pipe:1']);
  child.stdin.end(asFile(packets));
  const pcm = Buffer.concat((await child.stdout.toArray()) as Buffer[]);
  let sample = 0;
  while (sample * BYTES_A_SAMPLE < pcm.length && Math.abs(pcm.readInt16LE(sample * BYTES_A_SAMPLE)) < LOUD) sample += 1;
  return (packets[0]?.captureUs ?? 0) - TEST_EPOCH_US + samplesToUs(sample);
}

describe.each([
  ['opus', 'aac', OPUS_ENCODER_DELAY_SAMPLES],
  ['aac', 'opus', AAC_ENCODER_DELAY_SAMPLES],
] as const)('%s to %s', (from, to, primed) => {
  test('the sound keeps its time', async () => {
    const input = await sampleAudio(from, 2, TONE_AFTER_ONE_SECOND);
    const dated = input.map((packet) => ({ ...packet, captureUs: packet.captureUs - samplesToUs(primed) }));
    const output = await convert(from, dated);
    expect(output.every((packet) => packet.codec === to && packet.channels === 2)).toBe(true);
    expect(Math.abs((await onsetUs(output)) - 1_000_000)).toBeLessThan(3_000);
  });

  test('lost packets shift nothing', async () => {
    const input = await sampleAudio(from, 2, TONE_AFTER_ONE_SECOND);
    const dated = input.map((packet) => ({ ...packet, captureUs: packet.captureUs - samplesToUs(primed) }));
    const output = await convert(from, dated.filter((_, index) => index % 10 !== 5));
    expect(Math.abs((await onsetUs(output)) - 1_000_000)).toBeLessThan(3_000);
  });
});

describe('FFmpeg', () => {
  let pidDir = '';
  beforeEach(async () => {
    pidDir = await mkdtemp(join(tmpdir(), 'audio-'));
    vi.stubEnv('LECTERN_PID_DIR', pidDir);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(pidDir, { recursive: true });
  });

  async function pid(): Promise<number> {
    const file = join(pidDir, 'edge-audio-test.pid');
    await expect.poll(() => readFile(file, 'utf8').then(Number, () => 0)).toBeGreaterThan(0);
    return Number(await readFile(file, 'utf8'));
  }

  test.each([
    ['dies', 'SIGKILL', 0],
    ['hangs', 'SIGSTOP', 501],
  ] as const)('when it %s, run says so, and a second run goes on with the class', async (_what, hurt, packets) => {
    const controller = new AbortController();
    stop.push(controller);
    const converter = new AudioConverter({ name: 'edge-audio-test', from: 'opus' });
    const output: AudioPacket[] = [];
    converter.onPacket((packet) => output.push(packet));
    const input = await sampleAudio('opus', 1);

    const failing = expect(converter.run(controller.signal)).rejects.toMatchObject({ code: 'audio_conversion_failed' });
    process.kill(await pid(), hurt);
    for (let index = 0; index < packets; index += 1) converter.write(input[index % input.length] ?? raise());
    await failing;

    const running = converter.run(controller.signal);
    for (const packet of input) converter.write(packet);
    await expect.poll(() => output.length, { timeout: 5_000 }).toBeGreaterThan(20);
    controller.abort();
    await running;
  });
});

function raise(): never {
  throw new Error('there is no sound to send');
}
