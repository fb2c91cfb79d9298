import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PacketBus } from '../bus/packet-bus.ts';
import type { EncoderLife } from '../encoder/encoder-process.ts';
import { type Trial, tryEncoder } from '../encoder/probe.ts';
import { ProgramEncoder } from './program-encoder.ts';

let begun: string[] = [];
let isVaapiDead = true;
/** VAAPI works until it does not; of what comes after it only libx264 is there. */
vi.mock(import('../encoder/probe.ts'), () => ({ tryEncoder: vi.fn(async (encoder: string): Promise<Trial> => (encoder === 'h264_vaapi' ? { works: true } : { works: false, reason: 'not there' })) }));
vi.mock('../encoder/encoder-process.ts', () => ({
  EncoderProcess: class {
    forget(): void {}
    async run({ args, signal }: EncoderLife): Promise<void> {
      const encoder = args[args.indexOf('-c:v') + 1] ?? '';
      if (args.includes('-c:v')) begun.push(encoder);
      if (args.includes('-c:v') && encoder !== 'libx264' && isVaapiDead) throw new Error(`${encoder} died`);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    }
  },
}));

let said: string[] = [];
let stop = new AbortController();
let running: Promise<void>;
function run(): ProgramEncoder {
  const log = pino({ level: 'warn' }, { write: (line) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  const program = { width: 320, height: 180, fps: 25, x264Preset: 'ultrafast', renditions: [{ id: 'a', width: 320, height: 180, bitrateKbps: 300 }] };
  const encoder = new ProgramEncoder(program, ['h264_vaapi', 'h264_qsv', 'libx264'], { video: '', audio: '' }, new PacketBus(log), log);
  running = encoder.run(0, stop.signal);
  return encoder;
}

beforeEach(() => {
  [begun, said, stop, isVaapiDead] = [[], [], new AbortController(), true];
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  stop.abort();
  await running;
});

it('hands over to the next encoder that runs without the waits of something that is restarted', async () => {
  const encoder = run();
  await vi.waitFor(() => expect(begun).toEqual(['h264_vaapi', 'h264_qsv', 'libx264']), 10_000);
  expect(said).toEqual(['h264_vaapi is left for h264_qsv', 'h264_qsv is left for libx264']);
  expect(encoder.snapshot()).toMatchObject({ name: 'libx264', refused: [{ name: 'h264_vaapi' }, { name: 'h264_qsv' }] });
});

it('returns to one that failed while no class ran, before the next class begins, and never during one', async () => {
  const encoder = run();
  await vi.waitFor(() => expect(begun.at(-1)).toBe('libx264'), 10_000);
  isVaapiDead = false;
  encoder.setBetweenClasses(false);
  vi.advanceTimersByTime(60 * 60_000);
  await setImmediate();
  expect(encoder.snapshot().name).toBe('libx264');
  stop.abort();
  await running;

  [stop, isVaapiDead] = [new AbortController(), true];
  run();
  await vi.waitFor(() => expect(begun.slice(3)).toEqual(['h264_vaapi', 'h264_qsv', 'libx264']), 10_000);
  isVaapiDead = false;
  vi.advanceTimersByTime(5 * 60_000);
  await vi.waitFor(() => expect(begun.at(-1)).toBe('h264_vaapi'), 10_000);
});

it('starts no more trials of one that cannot be ended', async () => {
  const trials = (): number => vi.mocked(tryEncoder).mock.calls.filter(([name]) => name === 'h264_vaapi').length;
  run();
  await vi.waitFor(() => expect(begun.at(-1)).toBe('libx264'), 10_000);
  const before = trials();
  vi.mocked(tryEncoder).mockImplementation(async () => ({ works: false, reason: 'its driver hangs', isStuck: true }));
  for (let times = 0; times < 5; times += 1) {
    vi.advanceTimersByTime(5 * 60_000);
    await setImmediate();
  }
  expect(trials() - before).toBe(1);
});
