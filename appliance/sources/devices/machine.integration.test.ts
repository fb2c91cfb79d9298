import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DeviceRoots, devicesOf, untilPresent } from './machine.ts';

let folder = '';
let roots: DeviceRoots;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'devices-'));
  roots = { dev: join(folder, 'dev'), sys: join(folder, 'sys'), proc: join(folder, 'proc') };
  mkdirSync(join(roots.dev, 'v4l/by-id'), { recursive: true });
  mkdirSync(join(roots.sys, 'class/video4linux/video0'), { recursive: true });
  mkdirSync(join(roots.proc, 'asound'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const CARDS = ' 1 [Mic            ]: USB-Audio - Desk microphone\n                      somewhere\n';
const source = (url: string) => ({ id: 's', name: 'S', kind: 'camera', url }) as const;

it('waits for a camera by the name that stays, and for a sound card', async () => {
  const stop = AbortSignal.timeout(10_000);
  const [camera, sound] = [untilPresent(source('v4l2:/dev/v4l/by-id/usb-cam'), stop, roots), untilPresent(source('alsa:hw:CARD=Mic,DEV=0'), stop, roots)];
  writeFileSync(join(roots.dev, 'video0'), '');
  symlinkSync('../../video0', join(roots.dev, 'v4l/by-id/usb-cam'));
  writeFileSync(join(roots.proc, 'asound/cards'), CARDS);
  await Promise.all([camera, sound]);
  expect(stop.aborted).toBe(false);
  await untilPresent(source('pulse:'), stop, roots);
});

it('lists what is there, with who uses it', async () => {
  writeFileSync(join(roots.sys, 'class/video4linux/video0/name'), 'Room camera\n');
  writeFileSync(join(roots.dev, 'video0'), '');
  symlinkSync('../../video0', join(roots.dev, 'v4l/by-id/usb-cam'));
  writeFileSync(join(roots.proc, 'asound/cards'), CARDS);
  writeFileSync(join(roots.proc, 'asound/pcm'), '01-00: USB Audio : USB Audio : capture 1\n');
  const devices = await devicesOf([source('v4l2:/dev/video0')], roots);
  // The node of this test is a plain file, of which FFmpeg says that it is no capture device.
  expect(devices).toEqual([{ url: 'alsa:hw:CARD=Mic,DEV=0', name: 'Desk microphone: USB Audio', media: 'sound', modes: [], usedBy: null }]);
  rmSync(roots.sys, { recursive: true });
  rmSync(roots.proc, { recursive: true });
  expect(await devicesOf([], roots)).toEqual([]);
});
