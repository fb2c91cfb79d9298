/** `node webcams-main.ts FOLDER`, in the guest: two webcams that compress by themselves give what lies in the folder, and the box says what it makes of it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SourceState } from '#appliance/contract/state.ts';
import { splitNalUnits } from '#kit/media/h264.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { startChild } from '#kit/process/child.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { devicesOf } from '../../appliance/sources/devices/machine.ts';
import type { SourceConfig } from '../../appliance/sources/source-config.ts';
import { check, ms, say, told } from './guest-console.ts';
import { GuestRoom, isLost } from './guest-room.ts';

interface Webcam {
  readonly source: SourceConfig;
  readonly format: 'mjpeg' | 'h264';
  readonly device: string;
}

/** Devices of the driver; without `exclusive_caps` a new writer may come where another left. */
const MJPEG: Webcam = { source: { id: 'camera', name: 'Camera', kind: 'camera', url: 'v4l2:/dev/video10' }, format: 'mjpeg', device: '/dev/video10' };
const H264: Webcam = { source: { id: 'board', name: 'Board', kind: 'camera', url: 'v4l2:/dev/video11', isolated: true }, format: 'h264', device: '/dev/video11' };
const PATIENCE_MS = 20_000;
const LOST_WITHIN_MS = 1_000;
/** The start of the FFmpeg behind the driver is in it, a second and more here: `devices` looks after the three seconds promised. */
const BACK_WITHIN_MS = 6_000;
const FPS = 25;
/** As the gate counts them over half a second. */
const FPS_TOLERANCE = 3;
const isAtItsRate = ({ signal, fps, width, height }: SourceState): boolean => signal === 'ok' && Math.abs(fps - FPS) <= FPS_TOLERANCE && width === 320 && height === 180;

const [folder = ''] = process.argv.slice(2);
const room = new GuestRoom([MJPEG.source, H264.source]);
await room.during(campaign);

async function campaign(): Promise<void> {
  await room.until('the gate to look', 'camera', ({ advice }) => advice !== '', PATIENCE_MS);
  await promisify(execFile)('busybox', ['insmod', '/run/modules/v4l2loopback.ko', 'devices=2', 'video_nr=10,11', 'card_label=Webcam,Capture']);
  await delay(2_000);
  check(isLost(room.of('camera')) && isLost(room.of('board')), 'a webcam that gives nothing is no signal');
  const [ofMjpeg, ofH264] = [await switchOn(MJPEG), await switchOn(H264)];
  await list();
  await itsOwnTrack();
  await pulledAndPlugged(MJPEG, ofMjpeg, H264);
  await pulledAndPlugged(H264, ofH264, MJPEG);
  say(`in the end: ${JSON.stringify([room.of('camera'), room.of('board')].map(({ id, signal, fps, width, height, latencyMs }) => ({ id, signal, fps, width, height, latencyMs })))}`);
}

/** Answers what switches it off. */
async function switchOn(webcam: Webcam): Promise<AbortController> {
  const off = play(webcam);
  const afterMs = await room.until(`${webcam.source.name} at its rate`, webcam.source.id, isAtItsRate, PATIENCE_MS);
  say(`${webcam.format} is seen, at its rate, after ${ms(afterMs)}`);
  return off;
}

/** The driver gives its readers what this writes, as it is. */
function play({ format, device }: Webcam): AbortController {
  const off = new AbortController();
  const signal = AbortSignal.any([room.signal, off.signal]);
  const film = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', join(folder, `${format}.nut`), '-c', 'copy', '-f', 'v4l2', device];
  const once = async (scope: AbortSignal): Promise<void> => {
    const { lastWords } = await startChild('ffmpeg', film, { signal: scope, name: `film-${format}`, killAfterMs: 100 }).exited;
    if (!scope.aborted) throw new Error(lastWords);
  };
  void supervise(`film-${format}`, once, { signal, log: room.log, maxDelayMs: 200 });
  return off;
}

async function list(): Promise<void> {
  const devices = await devicesOf([MJPEG.source, H264.source]);
  for (const device of devices) say(`found ${told(device)}`);
  for (const { format, source } of [MJPEG, H264]) {
    const modes = devices.find(({ usedBy }) => usedBy === source.id)?.modes ?? [];
    check(modes.some((mode) => mode.format === format && mode.width === 320 && mode.height === 180), `${format} is listed, with its size`);
  }
}

/** H.264 becomes a track as the camera encoded it. */
async function itsOwnTrack(): Promise<void> {
  const film = readFileSync(join(folder, 'h264.nut'));
  const packets: MediaPacket[] = [];
  const detach = room.trackOf('board').attach({ name: 'test', write: (packet) => void packets.push(packet) });
  await delay(2_000);
  detach();
  const units = packets.flatMap(({ data }) => splitNalUnits(data));
  check(packets.length > FPS && units.every((unit) => film.includes(unit)), `the track of ${packets.length} packets is what the camera sent, byte for byte`);
}

/** In use; the other one must not notice. */
async function pulledAndPlugged(one: Webcam, off: AbortController, other: Webcam): Promise<void> {
  const { id, name } = one.source;
  const watching = new AbortController();
  const disturbed = room.watchForLoss(other.source.id, watching.signal);
  off.abort();
  const lostMs = await room.until(`${name} to be lost`, id, isLost, PATIENCE_MS);
  await delay(1_500);
  play(one);
  // The driver may give its last picture once more to whoever opens it: one picture is no camera.
  const backMs = await room.until(`${name} to be back`, id, isAtItsRate, PATIENCE_MS);
  watching.abort();
  say(`${one.format} switched off: lost after ${ms(lostMs)}; on again: back after ${ms(backMs)}`);
  check(lostMs <= LOST_WITHIN_MS, `${one.format} is lost within a second: ${ms(lostMs)}`);
  check(backMs <= BACK_WITHIN_MS, `${one.format} is back within six: ${ms(backMs)}`);
  check(!(await disturbed), `${other.format} does not notice`);
}
