import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { monotonicUs } from '#kit/media/clock.ts';
import { GateProcess } from './gate-process.ts';
import { frameBytes } from './i420.ts';
import { LOOK_HEADER_BYTES, readLookHeader } from './look-protocol.ts';
import type { FromGate, GateSource } from './protocol.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const PROGRAM = { width: 320, height: 180, fps: 25 };
const FRAME_MS = 1000 / PROGRAM.fps;
const SAMPLES_PER_MS = 48;
const DARK = 40;
const WHITE = 235;
/** From the room to the gate: what a decoder and a microphone take. */
const LATENCY_MS = { cam: 130, lapel: 30, ceiling: 30 } as const;
/** The room flashes and beeps so often, each time for so long. */
const MARK_EVERY_MS = 2_000;
const FLASH_MS = 80;

const folder = mkdtempSync(join(tmpdir(), 'gate-'));
const stop = new AbortController();
const gate = new GateProcess();
const messages: FromGate[] = [];
let running: Promise<void>;

/** What a capture process is to the gate: it listens, and writes raw media in real time, as old as its device makes them. */
class Capture {
  readonly #server: Server;
  #socket: Socket | null = null;
  sending = true;

  constructor(path: string) {
    this.#server = createServer((socket) => {
      this.#socket = socket;
      socket.on('error', () => undefined);
    }).listen(path);
  }

  write(bytes: Uint8Array): void {
    if (this.sending) this.#socket?.write(bytes);
  }

  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

/** What an encoder is to the gate, with each frame's first pixel and every sample of the left channel by their number in the program. */
class Program {
  readonly luma: number[] = [];
  readonly samples: number[] = [];
  readonly #sockets: Socket[] = [];

  async read(): Promise<void> {
    await this.#open('video', frameBytes(PROGRAM), (bytes) => this.luma.push(bytes[PROGRAM.width * 90 + 160] ?? 0));
    await this.#open('audio', 4, (bytes) => this.samples.push(bytes.readInt16LE(0)));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** When the frame or sample at `position` of these lists is, in milliseconds of the program: what was left out is counted. */
  timeMs(stream: 'video' | 'audio', position: number): number {
    const placed = messages.findLast((message) => message.type === 'placed' && message.stream === stream && message.position <= position);
    if (placed?.type !== 'placed') throw new Error(`no placement of the ${stream}`);
    const index = placed.index + position - placed.position;
    return stream === 'video' ? index * FRAME_MS : index / SAMPLES_PER_MS;
  }

  async #open(stream: 'video' | 'audio', size: number, take: (bytes: Buffer) => void): Promise<void> {
    const socket = connect(join(folder, `${stream}.sock`));
    this.#sockets.push(socket);
    await once(socket, 'connect');
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % size);
      for (let at = 0; at < whole; at += size) take(bytes.subarray(at, at + size));
      rest = bytes.subarray(whole);
    });
  }
}

const captures = { cam: new Capture(join(folder, 'cam.sock')), lapel: new Capture(join(folder, 'lapel.sock')), ceiling: new Capture(join(folder, 'ceiling.sock')) };
const program = new Program();
/** Peak of the lapel's voice and, told apart by it, of the ceiling's. */
const VOICE = { lapel: 0.3, ceiling: 0.05 };

/** Makes what is due by now, in 20 ms of sound and frames of 40 ms. Returns what ends it. */
function playRoom(): () => void {
  const began = performance.now();
  let [frames, blocks] = [0, 0];
  const picture = (luma: number): Buffer => Buffer.alloc(frameBytes(PROGRAM), luma);
  const [dark, white] = [picture(DARK), picture(WHITE)];
  const timer = setInterval(() => {
    const roomMs = performance.now() - began;
    // A frame is of the instant at which it begins; a block is there when its last sample was made.
    for (; frames * FRAME_MS <= roomMs - LATENCY_MS.cam; frames += 1) captures.cam.write((frames * FRAME_MS) % MARK_EVERY_MS < FLASH_MS ? white : dark);
    for (; (blocks + 1) * 20 <= roomMs - LATENCY_MS.lapel; blocks += 1) {
      captures.lapel.write(sound(blocks, VOICE.lapel));
      captures.ceiling.write(sound(blocks, VOICE.ceiling));
    }
  }, 5);
  return () => clearInterval(timer);
}

/** 1 kHz while the room beeps, soft noise of a fixed kind otherwise. */
function sound(block: number, voice: number): Uint8Array {
  const samples = new Int16Array(1920);
  for (let index = 0; index < 960; index += 1) {
    const ms = block * 20 + index / SAMPLES_PER_MS;
    const value = ms % MARK_EVERY_MS < FLASH_MS ? Math.sin((2 * Math.PI * ms) / 1) * voice : Math.sin(ms * 1.7) * 0.002;
    samples[index * 2] = samples[index * 2 + 1] = Math.round(value * 32_767);
  }
  return new Uint8Array(samples.buffer);
}

function soundOf(id: string, backup: boolean): GateSource {
  return { id, name: id, kind: 'microphone', media: 'sound', backup, socket: join(folder, `${id}.sock`), delayMs: 0 };
}

let endRoom: () => void;

beforeAll(async () => {
  running = gate.run(
    {
      begin: {
        type: 'begin', program: PROGRAM, videoSocket: join(folder, 'video.sock'), audioSocket: join(folder, 'audio.sock'), imagesDir: folder,
        sources: [
          { id: 'cam', name: 'Camera', kind: 'camera', media: 'picture', backup: false, socket: join(folder, 'cam.sock'), delayMs: 0, lookSocket: join(folder, 'look.sock') },
          soundOf('lapel', false), soundOf('ceiling', true),
        ],
        layout: { id: 'camera', tiles: [{ source: 'cam', rect: { x: 0, y: 0, width: 320, height: 180 }, crop: { x: 0, y: 0, width: 320, height: 180 } }] },
        words: { language: 'en', course: 'Optics', teacher: '', date: '' },
      },
      onMessage: (message) => void messages.push(message),
    },
    stop.signal,
  );
  await vi.waitFor(() => expect(messages.some(({ type }) => type === 'ready')).toBe(true), WAIT);
  for (const [id, latencyMs] of Object.entries(LATENCY_MS)) gate.send({ type: 'latency', id, latencyMs });
  endRoom = playRoom();
  await program.read();
});

afterAll(async () => {
  endRoom();
  stop.abort();
  await running;
  program.close();
  for (const capture of Object.values(captures)) capture.close();
  rmSync(folder, { recursive: true, force: true });
});

function report(): Extract<FromGate, { type: 'report' }> | undefined {
  return messages.findLast((message) => message.type === 'report');
}

function peakSince(sample: number): number {
  return program.samples.slice(sample).reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
}

/** Positions at which the list goes from below to at least `level`, having been below for `rest` items. */
function rises(list: readonly number[], level: number, rest: number): number[] {
  const found: number[] = [];
  let quiet = 0;
  for (const [at, value] of list.entries()) {
    if (Math.abs(value) < level) quiet += 1;
    else {
      if (quiet >= rest) found.push(at);
      quiet = 0;
    }
  }
  return found;
}

it('puts on air together what happened together', async () => {
  await vi.waitFor(() => expect(report()?.sound.onAir).toEqual(['lapel']), WAIT);
  await vi.waitFor(() => expect(program.luma.length).toBeGreaterThan(11_000 / FRAME_MS), WAIT);
  // Settled by the first marks; the later ones count.
  const flashes = rises(program.luma, 200, 400 / FRAME_MS).map((at) => program.timeMs('video', at)).slice(-3);
  const beeps = rises(program.samples, 2_000, 400 * SAMPLES_PER_MS).map((at) => program.timeMs('audio', at));
  const apart = flashes.map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash)))).sort((a, b) => a - b);
  // Half a frame, and what a busy machine adds to the middle of three. Without alignment it is 100 ms.
  expect(apart[1]).toBeLessThan(60);
  expect(report()?.programMs).toBeGreaterThan(LATENCY_MS.cam - 20);
}, 40_000);

it('gives one small picture for each that is asked for, as the camera has it at that moment', async () => {
  const socket = connect(join(folder, 'look.sock'));
  let taken: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (taken = Buffer.concat([taken, chunk])));
  const whole = LOOK_HEADER_BYTES + frameBytes({ width: 160, height: 90 });
  for (const pictures of [1, 2]) {
    socket.write('?');
    await vi.waitFor(() => expect(taken.length).toBe(pictures * whole), WAIT);
  }
  expect(readLookHeader(taken)).toMatchObject({ width: 160, height: 90 });
  const ageMs = monotonicUs() / 1000 - readLookHeader(taken.subarray(whole)).arrivedUs / 1000;
  expect(ageMs).toBeGreaterThanOrEqual(0);
  expect([DARK, WHITE]).toContain(taken[LOOK_HEADER_BYTES + 80]);
  socket.destroy();
});

it('shows a slate within a second of a camera that stalls, and the camera again at once; frames never stop', async () => {
  captures.cam.sending = false;
  const [frames, atMs] = [program.luma.length, performance.now()];
  await vi.waitFor(() => expect(program.luma.at(-1)).toBeLessThan(DARK), { ...WAIT, timeout: 3_000 });
  captures.cam.sending = true;
  await vi.waitFor(() => expect(program.luma.at(-1)).toBeGreaterThanOrEqual(DARK), { ...WAIT, timeout: 3_000 });
  const elapsedMs = performance.now() - atMs;
  await vi.waitFor(() => expect((program.luma.length - frames) * FRAME_MS).toBeGreaterThan(elapsedMs - 200), WAIT);
});

it('lets the backup stand in for a microphone that stalls, and gives back', async () => {
  gate.send({ type: 'steady', steady: true });
  await vi.waitFor(() => expect(report()?.sound.captured).toBe(true), WAIT);
  captures.lapel.sending = false;
  await vi.waitFor(() => expect(report()?.sound).toMatchObject({ onAir: ['lapel', 'ceiling'], failed: ['lapel'] }), { ...WAIT, timeout: 3_000 });
  const sample = program.samples.length;
  await vi.waitFor(() => expect(peakSince(sample)).toBeGreaterThan(500), WAIT);
  captures.lapel.sending = true;
  await vi.waitFor(() => expect(report()?.sound).toMatchObject({ onAir: ['lapel'], failed: [] }), WAIT);
}, 30_000);

it('lets nothing of the room out while it is paused, picture or sound', async () => {
  gate.send({ type: 'paused', paused: true });
  await vi.waitFor(() => expect(program.luma.at(-1)).toBeLessThan(DARK), WAIT);
  const [frame, sample] = [program.luma.length, program.samples.length];
  // A flash and a beep of the room pass.
  await vi.waitFor(() => expect(program.samples.length - sample).toBeGreaterThan(2.2 * 48_000), WAIT);
  expect(peakSince(sample)).toBe(0);
  expect(Math.max(...program.luma.slice(frame))).toBeLessThan(DARK);
  gate.send({ type: 'paused', paused: false });
  const resumed = program.samples.length;
  await vi.waitFor(() => expect(peakSince(resumed)).toBeGreaterThan(2_000), WAIT);
}, 30_000);
