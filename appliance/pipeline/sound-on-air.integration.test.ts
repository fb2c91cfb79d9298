import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adtsHeader } from '#kit/media/aac.ts';
import { OggOpusWriter } from '#kit/media/ogg-opus.ts';
import type { AudioPacket } from '#kit/media/packet.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIO_OUTPUTS, audioArguments } from '../encoder/arguments.ts';
import { EncoderProcess } from '../encoder/encoder-process.ts';
import { audioPacketOf } from '../encoder/packets.ts';

const RATE = 48_000;
const TIME = { epochUs: 1_700_000_000_000_000, fps: 25 };
/** A tone from half a second on; at one and a half the class is paused, and the mixer gives zeros. */
const BEGINS_S = 0.5;
const PAUSED_S = 1.5;
const ENDS_S = 3;

const folder = mkdtempSync(join(tmpdir(), 'on-air-'));
const packets: AudioPacket[] = [];

beforeAll(async () => {
  const socket = join(folder, 'audio.sock');
  const server = createServer((peer) => peer.end(programSound())).listen(socket);
  const encoder = new EncoderProcess();
  const running = encoder.run({
    name: 'encoder-audio', args: audioArguments(socket), outputs: AUDIO_OUTPUTS.length, signal: new AbortController().signal,
    patience: { firstMs: 30_000, laterMs: 30_000 }, isFed: () => false,
    onPacket: (output, nut, placement) => void packets.push(audioPacketOf(nut, AUDIO_OUTPUTS[output] ?? 'aac', placement, TIME)),
  });
  encoder.placed(0, 0, 0);
  await expect(running).rejects.toThrow(/encoder/);
  server.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function programSound(): Uint8Array {
  const samples = new Int16Array(ENDS_S * RATE * 2);
  for (let at = BEGINS_S * RATE; at < PAUSED_S * RATE; at += 1) {
    samples[at * 2] = samples[at * 2 + 1] = Math.round(12_000 * Math.sin((2 * Math.PI * 1_000 * at) / RATE));
  }
  return new Uint8Array(samples.buffer);
}

/** What a player has of the left channel, and which of its samples is the program's first. */
function decoded(codec: 'aac' | 'opus'): { samples: Int16Array; zero: number } {
  const own = packets.filter((packet) => packet.codec === codec);
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-f', codec === 'aac' ? 'aac' : 'ogg', '-i', 'pipe:0', '-ac', '1', '-af', 'pan=mono|c0=c0', '-f', 's16le', 'pipe:1'], {
    input: codec === 'aac' ? adts(own) : ogg(own), maxBuffer: 1 << 26,
  });
  const samples = new Int16Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
  return { samples, zero: Math.round(((TIME.epochUs - (own[0]?.captureUs ?? 0)) * RATE) / 1e6) };
}

function adts(own: readonly AudioPacket[]): Buffer {
  const config = { objectType: 2, sampleRateHz: RATE, channels: 2 };
  return Buffer.concat(own.flatMap(({ data }) => [adtsHeader(config, data.length), data]));
}

function ogg(own: readonly AudioPacket[]): Buffer {
  const writer = new OggOpusWriter(2);
  return Buffer.concat([writer.header(), ...own.map(({ data }) => writer.packet(data, 960))]);
}

// An Opus decoder's filters ring on, 66 dB down and falling; AAC's windows overlap by a frame and are done.
describe.each([['aac', 0.045], ['opus', 0.35]] as const)('%s', (codec, ringsOnS) => {
  it('plays each sample at the time that its packet tells', () => {
    const { samples, zero } = decoded(codec);
    const onset = samples.findIndex((sample) => Math.abs(sample) > 6_000);
    // A quarter of the tone's period is 0.25 ms; codecs smear a beginning by less than that again.
    expect(Math.abs((onset - zero) / RATE - BEGINS_S)).toBeLessThan(0.001);
  });

  it('has nothing of the room in it once the mixer is silent', () => {
    const { samples, zero } = decoded(codec);
    const after = samples.subarray(zero + (PAUSED_S + ringsOnS) * RATE, zero + (ENDS_S - 0.1) * RATE);
    expect(after.length).toBeGreaterThan(RATE);
    expect(after.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBe(0);
  });
});
