/** Looks for the lecturer in a camera's pictures. A process of its own, last in line for the processor: the class never waits for it. */
import { setPriority } from 'node:os';
import { checker } from '#kit/process/check.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { PersonDetector } from './detector.ts';
import { openMoveNet } from './movenet.ts';
import { MovementDetector } from './movement.ts';
import { PictureLine } from './picture-line.ts';
import { type FromWatcher, ToWatcher } from './protocol.ts';

const asToWatcher = checker(ToWatcher, 'bad_watcher_message');
/** A camera that gives nothing for so long gives no picture. */
const PICTURE_TIMEOUT_MS = 2_000;
/** Between two looks at whether there is something to do. */
const IDLE_MS = 100;

function send(message: FromWatcher): void {
  // The parent may be going: this process ends with it.
  process.send?.(message, undefined, undefined, () => undefined);
}

await runService('framing', async (signal) => {
  const orders = await listen();
  const { detector, problem } = await openDetector();
  send({ type: 'ready', detector: detector.name, problem });
  const line = new PictureLine(orders.lookSocket);
  signal.addEventListener('abort', () => line.close(), { once: true });
  while (!signal.aborted) {
    const beganMs = performance.now();
    if (orders.everyMs !== null) await lookOnce(line, detector, signal);
    await sleep(Math.max(0, (orders.everyMs ?? IDLE_MS) - (performance.now() - beganMs)), signal);
  }
});

interface Orders {
  readonly lookSocket: string;
  /** As last told. */
  everyMs: number | null;
}

/** Resolves at the first message; takes the place in line that it says before there is any work. */
async function listen(): Promise<Orders> {
  const { promise, resolve } = Promise.withResolvers<Orders>();
  process.once('message', (first) => {
    const begin = asToWatcher(first);
    if (begin.type !== 'begin') throw new CodedError('bad_watcher_message', `The first message was ${begin.type}.`);
    setPriority(begin.priority);
    const orders: Orders = { lookSocket: begin.lookSocket, everyMs: null };
    process.on('message', (raw) => {
      const message = asToWatcher(raw);
      if (message.type === 'pace') orders.everyMs = message.everyMs;
    });
    resolve(orders);
  });
  return promise;
}

async function openDetector(): Promise<{ detector: PersonDetector; problem: string }> {
  try {
    return { detector: await openMoveNet(), problem: '' };
  } catch (error) {
    return { detector: new MovementDetector(), problem: reasonOf(error) };
  }
}

async function lookOnce(line: PictureLine, detector: PersonDetector, signal: AbortSignal): Promise<void> {
  const looked = await line.next(PICTURE_TIMEOUT_MS);
  if (looked === null) {
    send({ type: 'blind' });
    return sleep(IDLE_MS, signal);
  }
  const before = process.cpuUsage();
  const person = detector.detect(looked.picture);
  const { user, system } = process.cpuUsage(before);
  send({ type: 'looked', arrivedUs: looked.arrivedUs, person, cpuMs: (user + system) / 1000 });
}
