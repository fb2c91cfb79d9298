import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApplianceConfig } from './appliance-config.ts';
import { loadApplianceConfig } from './load.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const good: ApplianceConfig = {
  host: '127.0.0.1',
  port: 8080,
  dataDir: 'data',
  recordingsDir: 'recordings',
  runDir: 'run',
  allowedHosts: [],
  pairing: { tokenHash: 'a'.repeat(64) },
  initialPinHash: 'scrypt$x$y',
  program: { width: 1280, height: 720, fps: 25, renditions: [{ id: '720p', width: 1280, height: 720, bitrateKbps: 2500 }], x264Preset: 'superfast' },
  encoders: ['libx264'],
  sources: [{ id: 'cam', name: 'Camera', kind: 'camera', url: 'rtsp://127.0.0.1/camera' }],
  cameras: [{ id: 'cam', name: 'Camera', visca: { transport: 'tcp', address: '127.0.0.1:5678' } }],
  webrtc: { host: '127.0.0.1', port: 0, advertised: [] },
  campus: { url: 'http://127.0.0.1:8100' },
  box: { serial: 'S1', model: 'demo' },
  children: { uploader: false, agent: false },
  panelDist: 'dist',
};

function refusal(config: unknown): string {
  const file = path.join(folder, 'box.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
  try {
    loadApplianceConfig(file);
    return '';
  } catch (thrown) {
    return (thrown as Error).message.replaceAll(file, 'box.json');
  }
}

it('makes three renditions where nothing is said of them', () => {
  const file = path.join(folder, 'box.json');
  writeFileSync(file, JSON.stringify({ ...good, program: undefined }));
  expect(loadApplianceConfig(file).program.renditions.map(({ id }) => id)).toEqual(['1080p', '720p', '360p']);
});

it('takes a whole configuration', () => {
  expect(refusal({ ...good, schedule: { timeZone: 'Europe/Berlin' } })).toBe('');
});

it.each([
  ['an unknown key', { ...good, colour: 'red' }, /^box\.json:\d+: colour: is not a known key/],
  ['a port that is no port', { ...good, port: 'eighty' }, /^box\.json:3: port: /],
  ['a source that is no source', { ...good, sources: [{ ...good.sources[0], url: 'ftp://x' }] }, /^box\.json:\d+: sources\.0\.url: /],
  ['torn JSON', '{ "host": "x",\n  "port": ', /^box\.json:2: not valid JSON/],
  ['a camera without address', { ...good, cameras: [{ id: 'c', name: 'C', visca: { transport: 'tcp' } }] }, /cameras\.0\.visca: address/],
  ['a camera without a way', { ...good, cameras: [{ id: 'c', name: 'C' }] }, /cameras\.0: expected either visca or onvif/],
  ['an address of an unknown camera', { ...good, sources: [{ id: 's', name: 'S', kind: 'camera', url: 'onvif:other/Main' }] }, /sources\.0\.url: no ONVIF camera/],
  ['two cameras at one place of a chain', { ...good, cameras: ['a', 'b'].map((id) => ({ id, name: id, visca: { transport: 'serial', path: '/dev/ttyS0' } })) }, /cameras\.1\.visca: device: place 1/],
  ['a serial camera without path', { ...good, cameras: [{ id: 'c', name: 'C', visca: { transport: 'serial' } }] }, /cameras\.0\.visca: path/],
  ['two sources of one name', { ...good, sources: [good.sources[0], good.sources[0]] }, /sources\.1\.id: "cam" is used twice/],
  ['a rendition of the recording’s name', { ...good, program: { ...good.program, renditions: [{ ...good.program.renditions[0], id: 'recording' }], recording: { bitrateKbps: 5000 } } }, /"recording" is the name/],
  ['room that is never enough', { ...good, disk: { makeRoomBelowHours: 5, makeRoomToHours: 4 } }, /makeRoomToHours/],
  ['a time zone that is none', { ...good, schedule: { timeZone: 'Europe/Berlim' } }, /schedule\.timeZone: .*"Europe\/Berlim"/],
  ['a preview of nothing', { ...good, previewLayer: '4k' }, /previewLayer: "4k"/],
])('refuses %s by name', (_what, config, expected) => {
  expect(refusal(config)).toMatch(expected);
});
