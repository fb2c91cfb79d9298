/** The gate: the box's program is made here, in a process that does nothing else. Started by the appliance with IPC, ends with it. */
import { dirname } from 'node:path';
import { systemClock } from '#kit/media/clock.ts';
import { checker } from '#kit/process/check.ts';
import type { Log } from '#kit/process/log.ts';
import { runService } from '#kit/process/run-service.ts';
import { Aligner, ALIGN_EVERY_MS } from './aligner.ts';
import { ArtStore } from './art.ts';
import { Composer } from './compose.ts';
import { keepDialled } from './dial.ts';
import { FramePool, lastingFrame } from './frames.ts';
import { cardPicture, frameBytes, type Size } from './i420.ts';
import { Look } from './look.ts';
import { ProgramOutput } from './output.ts';
import { PictureInput } from './picture-input.ts';
import { Program, type Slates } from './program.ts';
import { type FromGate, type GateSource, type Stream, ToGate } from './protocol.ts';
import { Reporter } from './reporter.ts';
import { savePicture } from './snapshot.ts';
import { SoundInput } from './sound/sound-input.ts';
import { BLOCK_MS, SoundProgram, type SoundSource } from './sound/sound-program.ts';
import { Stage } from './stage.ts';
import { Ticker } from './ticker.ts';

type Begin = Extract<ToGate, { type: 'begin' }>;

const asToGate = checker(ToGate, 'bad_gate_message');
/** A second and a half at 25 fps, 52 MB of 720p: an encoder encodes several times faster than that once it gets the processor back, so nothing is lost. */
const WAITING_FRAMES = 38;
const WAITING_BLOCKS = 50;

function send(message: FromGate): void {
  // The parent may be going: this process ends with it.
  process.send?.(message, undefined, undefined, () => undefined);
}

async function main(signal: AbortSignal, log: Log): Promise<void> {
  const begin = await firstMessage(signal);
  if (begin === null) return;
  const clock = systemClock();
  const pool = new FramePool(frameBytes(begin.program));
  const inputs = openInputs(begin, pool, () => clock.nowMs());
  const slates = plainSlates(begin.program);
  const video = outputOf('video', begin.videoSocket, WAITING_FRAMES, log);
  const audio = outputOf('audio', begin.audioSocket, WAITING_BLOCKS, log);
  const composer = new Composer(begin.program, pool, cardPicture(begin.program));
  const sound = new SoundProgram(soundSources(begin, inputs));
  const program = new Program({ ...inputs, sound, slates, composer, video, audio }, begin.layout);
  const stage = stageFor(begin, slates, program, log, signal);
  const frameMs = 1000 / begin.program.fps;
  const aligner = new Aligner({ ...inputs, sources: begin.sources, frameMs });
  process.on('message', (message) => obey({ program, stage, sound, aligner, pictures: inputs.pictures }, asToGate(message)));

  const closers = [await video.listen(), await audio.listen(), ...(await openLooks(begin, inputs.pictures, log))];
  const epochUs = clock.nowUs();
  const atMs = (index: number, periodMs: number): number => epochUs / 1000 + index * periodMs;
  const ticker = new Ticker(
    [
      { periodMs: frameMs, tick: (index) => program.tickPicture(index, atMs(index, frameMs)) },
      { periodMs: BLOCK_MS, tick: (index) => program.tickSound(index, atMs(index, BLOCK_MS)) },
      { periodMs: ALIGN_EVERY_MS, tick: () => aligner.step() },
    ],
    () => clock.nowMs() - epochUs / 1000,
  );
  send({ type: 'ready', epochUs });
  const reporter = new Reporter({ ...inputs, sound, aligner, video, audio, ticker, nowMs: () => clock.nowMs(), send });
  const dialling = begin.sources.map((source) => keepDialled(source.socket, inputOf(inputs, source), signal));
  try {
    await Promise.all([ticker.run(signal), reporter.run(signal), stage.run(signal), ...dialling]);
  } finally {
    for (const close of closers.reverse()) close();
  }
}

async function firstMessage(signal: AbortSignal): Promise<Begin | null> {
  return await new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
    process.once('message', (message) => {
      const begin = asToGate(message);
      if (begin.type === 'begin') resolve(begin);
      else reject(new Error(`the first message was ${begin.type}`));
    });
  });
}

interface Obedient {
  readonly program: Program;
  readonly stage: Stage;
  readonly sound: SoundProgram;
  readonly aligner: Aligner;
  readonly pictures: ReadonlyMap<string, PictureInput>;
}

function obey({ program, stage, sound, aligner, pictures }: Obedient, message: ToGate): void {
  switch (message.type) {
    case 'begin':
      return;
    case 'layout':
      return stage.show(message.layout);
    case 'words':
      return stage.say(message.words);
    case 'prepare':
      return stage.prepare(message.layouts);
    case 'sound':
      for (const { id, delayMs } of message.sources) aligner.setDelay(id, delayMs);
      return sound.set(message.muted, message.sources);
    case 'paused':
      return program.setPaused(message.paused);
    case 'latency':
      return aligner.heardLatency(message.id, message.latencyMs);
    case 'steady':
      sound.setCaptured(message.steady);
      return aligner.setSteady(message.steady);
    case 'save-picture':
      void savePicture(pictures.get(message.id)?.shown ?? null, message.file).then((saved) => send({ type: 'picture-saved', file: message.file, saved }));
      return;
  }
}

interface Inputs {
  readonly pictures: Map<string, PictureInput>;
  readonly sounds: Map<string, SoundInput>;
}

function openInputs(begin: Begin, pool: FramePool, nowMs: () => number): Inputs {
  const { width, height } = begin.program;
  const shared = { pool, frameBytes: frameBytes(begin.program), lumaBytes: width * height, nowMs };
  const of = (media: GateSource['media']): GateSource[] => begin.sources.filter((source) => source.media === media);
  return {
    pictures: new Map(of('picture').map(({ id, delayMs, stalledAfterMs }) => [id, new PictureInput({ ...shared, delayMs, stalledAfterMs })])),
    sounds: new Map(of('sound').map(({ id }) => [id, new SoundInput(nowMs)])),
  };
}

async function openLooks({ sources, program }: Begin, pictures: ReadonlyMap<string, PictureInput>, log: Log): Promise<(() => void)[]> {
  const closers: (() => void)[] = [];
  for (const { id, lookSocket } of sources) {
    const input = pictures.get(id);
    if (input !== undefined && lookSocket !== undefined) closers.push(await new Look(program, lookSocket, log).listen(input));
  }
  return closers;
}

function soundSources({ sources }: Begin, { sounds }: Inputs): Map<string, SoundSource> {
  const of = (id: string): GateSource | undefined => sources.find((source) => source.id === id);
  return new Map([...sounds].map(([id, input]) => [id, { input, backup: of(id)?.backup ?? false, needed: of(id)?.kind === 'microphone' }]));
}

function inputOf(inputs: Inputs, source: GateSource): PictureInput | SoundInput {
  const input = inputs.pictures.get(source.id) ?? inputs.sounds.get(source.id);
  if (input === undefined) throw new Error(`no input for ${source.id}`);
  return input;
}

function outputOf(stream: Stream, socket: string, waitingMax: number, log: Log): ProgramOutput {
  const onPlaced = (connection: number, position: number, index: number): void => send({ type: 'placed', stream, connection, position, index });
  return new ProgramOutput({ socket, waitingMax, log, onPlaced });
}

/** What is shown until the cards with text are drawn. */
function plainSlates(program: Size): Slates {
  const card = lastingFrame(cardPicture(program));
  return { lost: new Map(), card, paused: card };
}

/** The program does not wait for its cards, and a machine without fonts has plain ones. */
function stageFor(begin: Begin, slates: Slates, program: Program, log: Log, signal: AbortSignal): Stage {
  const desk = { folder: dirname(begin.videoSocket), signal };
  const art = new ArtStore(begin.program, begin.imagesDir, desk);
  return new Stage({ program: begin.program, sources: begin.sources, slates, art, desk, log, show: (layout, its) => program.show(layout, its) }, begin.layout, begin.words);
}

await runService('gate', main);
