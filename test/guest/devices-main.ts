/** Runs in the guest: plugs a camera and a sound card in and out, and says what the box notices and when. `BROKEN` begins what should not be. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SourceState } from '#appliance/contract/state.ts';
import { startChild } from '#kit/process/child.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { devicesOf } from '../../appliance/sources/devices/machine.ts';
import type { SourceConfig } from '../../appliance/sources/source-config.ts';
import { check, ms, say, told } from './guest-console.ts';
import { GuestRoom, isLost } from './guest-room.ts';

interface Plugged {
  readonly source: SourceConfig;
  readonly module: string;
  readonly parameters: readonly string[];
  /** In `/sys/bus/platform/drivers`: the driver, and its only device. */
  readonly driver: string;
  readonly device: string;
}

const CAMERA: Plugged = {
  source: { id: 'camera', name: 'Camera', kind: 'camera', url: 'v4l2:/dev/video0' },
  // One node that captures, and a webcam's sizes and rates.
  module: 'vivid', parameters: ['n_devs=1', 'node_types=0x1', 'num_inputs=1', 'input_types=0x0'], driver: 'vivid', device: 'vivid.0',
};
const CARD: Plugged = {
  source: { id: 'microphone', name: 'Microphone', kind: 'microphone', url: 'alsa:hw:CARD=Loopback,DEV=1' },
  module: 'snd_aloop', parameters: ['pcm_substreams=1'], driver: 'snd_aloop', device: 'snd_aloop.0',
};
const ROUNDS = 2;
const PATIENCE_MS = 20_000;
const LOST_WITHIN_MS = 1_000;
const BACK_WITHIN_MS = 3_000;
const QUIETEST_DBFS = -40;
const run = promisify(execFile);
const isOk = ({ signal }: SourceState): boolean => signal === 'ok';

const room = new GuestRoom([CAMERA.source, CARD.source]);
await room.during(campaign);

async function campaign(): Promise<void> {
  await room.until('the gate to look', 'camera', ({ advice }) => advice !== '', PATIENCE_MS);
  await delay(2_000);
  check(room.of('camera').signal === 'absent' && room.of('microphone').signal === 'absent', 'what is not plugged in is called absent');
  check((await devicesOf([])).length === 0, 'nothing is listed where nothing is plugged in');
  await appears(CAMERA);
  await appears(CARD);
  void supervise('tone', playTone, { signal: room.signal, log: room.log, maxDelayMs: 500 });
  say(`the tone is heard after ${ms(await room.until('the tone', 'microphone', ({ levelDbfs }) => levelDbfs > QUIETEST_DBFS, PATIENCE_MS))}: ${room.of('microphone').levelDbfs.toFixed(1)} dBFS`);
  await list();
  for (let round = 1; round <= ROUNDS; round++) {
    await pulledAndPlugged(CAMERA, CARD);
    await pulledAndPlugged(CARD, CAMERA);
  }
  await room.until('the tone', 'microphone', ({ levelDbfs }) => levelDbfs > QUIETEST_DBFS, PATIENCE_MS);
  say(`in the end: ${JSON.stringify([room.of('camera'), room.of('microphone')].map(({ id, signal, fps, width, height, levelDbfs, latencyMs }) => ({ id, signal, fps, width, height, levelDbfs, latencyMs })))}`);
}

/** Absent until now: the driver is put in, and makes its device. */
async function appears({ source, module, parameters }: Plugged): Promise<void> {
  await run('busybox', ['insmod', `/run/modules/${module}.ko`, ...parameters]);
  const afterMs = await room.until(`${source.name} to start`, source.id, isOk, PATIENCE_MS);
  say(`${source.name} was absent, appeared, and was there after ${ms(afterMs)}`);
}

async function list(): Promise<void> {
  const beganMs = performance.now();
  const devices = await devicesOf([CAMERA.source, CARD.source]);
  const tookMs = performance.now() - beganMs;
  for (const device of devices) say(`found ${told(device)}`);
  say(`listing took ${ms(tookMs)} while both were in use`);
  const [camera, card] = [devices.find(({ media }) => media === 'picture'), devices.find(({ media }) => media === 'sound')];
  check(camera?.url === CAMERA.source.url && camera.usedBy === 'camera', 'the camera is listed, with who uses it');
  check(card?.usedBy === undefined || card.usedBy === 'microphone' || devices.some(({ usedBy }) => usedBy === 'microphone'), 'the sound card is listed, with who uses it');
  const modes = camera?.modes ?? [];
  check(['yuyv422', 'nv12'].every((format) => modes.some((mode) => mode.format === format)), 'its formats are listed');
  check(modes.some(({ width, height, rates = [] }) => width === 1280 && height === 720 && rates.length > 2), 'its sizes are listed, with their rates');
}

/** Pulled out in use; the other one must not notice. */
async function pulledAndPlugged(one: Plugged, other: Plugged): Promise<void> {
  const watching = new AbortController();
  const disturbed = room.watchForLoss(other.source.id, watching.signal);
  // The driver waits until whoever uses the device has let go of it.
  const pulled = tellDriver(one, 'unbind');
  const lostMs = await room.until(`${one.source.name} to be lost`, one.source.id, isLost, PATIENCE_MS);
  await pulled;
  await delay(1_500);
  const plugged = tellDriver(one, 'bind');
  const backMs = await room.until(`${one.source.name} to be back`, one.source.id, isOk, PATIENCE_MS);
  await plugged;
  watching.abort();
  say(`${one.source.name} pulled out: lost after ${ms(lostMs)}; plugged in again: back after ${ms(backMs)}`);
  check(lostMs <= LOST_WITHIN_MS, `${one.source.name} is lost within a second: ${ms(lostMs)}`);
  check(backMs <= BACK_WITHIN_MS, `${one.source.name} is back within three: ${ms(backMs)}`);
  check(!(await disturbed), `${other.source.name} does not notice`);
  await delay(1_000);
}

async function tellDriver({ driver, device }: Plugged, what: 'bind' | 'unbind'): Promise<void> {
  await writeFile(`/sys/bus/platform/drivers/${driver}/${what}`, device);
}

/** Into the other end of the loop; ends when the card is pulled out. */
async function playTone(signal: AbortSignal): Promise<void> {
  const tone = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-ac', '2', '-f', 'alsa', 'plughw:CARD=Loopback,DEV=0'];
  const { lastWords } = await startChild('ffmpeg', tone, { signal, name: 'tone', killAfterMs: 300 }).exited;
  if (!signal.aborted) throw new Error(lastWords);
}
