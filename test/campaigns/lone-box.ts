import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { State } from '#appliance/contract/state.ts';
import { SmallDisk } from '#appliance/recorder/testing/small-disk.ts';
import { createLog } from '#kit/process/log.ts';
import { portsFrom } from '#kit/process/ports.ts';
import { callApi } from '../demo/api.ts';
import { applianceConfig } from '../demo/configs.ts';
import { openInstallation, writeAtomically } from '../demo/installation.ts';
import { runService, waitUntilUp } from '../demo/services.ts';
import { eventually, type Patience } from '../product/eventually.ts';
import { freePortBase } from '../product/free-base.ts';
import { type Signal, signalIn } from './named-process.ts';

/** A box without cloud or room: test pictures and a tone, its recordings on a small disk of its own, restarted as systemd would. */
export interface LoneBox {
  readonly recordingsDir: string;
  /** The paired panel. */
  readonly panelUrl: string;
  readonly disk: SmallDisk | null;
  state(): Promise<State>;
  post(path: string, body?: object): Promise<State>;
  until(what: string, holds: (state: State) => boolean, patience?: Patience): Promise<State>;
  /** The last of what its log has of warnings and worse. */
  warnings(): string[];
  readonly signal: Signal;
  close(): Promise<void>;
}

const DISK_MEGABYTES = 512;
const WARNINGS_TOLD = 12;

/** Small pictures: what is tried is what happens to them, not how many fit through. */
const PROGRAM = {
  width: 640,
  height: 360,
  fps: 25,
  renditions: [
    { id: '360p', width: 640, height: 360, bitrateKbps: 600 },
    { id: '180p', width: 320, height: 180, bitrateKbps: 200 },
  ],
  x264Preset: 'ultrafast',
};
const SOURCES = [
  { id: 'camera', name: 'Camera', kind: 'camera', url: 'test:moving', fps: 25, isolated: true },
  { id: 'slides', name: 'Slides', kind: 'slides', url: 'test:bars', fps: 5 },
  { id: 'microphone', name: 'Microphone', kind: 'microphone', url: 'test:tone', isolated: true },
];

/** Recorded by themselves too. */
export const ISOLATED = SOURCES.filter((source) => source.isolated === true).map(({ id }) => id);

export async function openLoneBox({ cameras = [] }: { readonly cameras?: readonly object[] } = {}): Promise<LoneBox> {
  const root = mkdtempSync(join(tmpdir(), 'lectern-box-'));
  const ports = portsFrom(await freePortBase());
  const installation = await openInstallation(root);
  const recordingsDir = join(root, 'recordings');
  const disk = diskIfAllowed(recordingsDir);
  const configFile = join(installation.configDir, 'appliance.json');
  writeAtomically(configFile, {
    ...applianceConfig(ports, { ...installation, recordingsDir }),
    program: PROGRAM, sources: SOURCES, encoders: ['libx264'], cameras, macros: [], children: { uploader: false, agent: false },
  });
  const stop = new AbortController();
  const log = createLog('campaign');
  log.level = 'silent';
  const running = runService(
    { name: 'appliance', main: 'appliance/main.ts', configFile },
    { logDir: join(root, 'logs'), pidDir: installation.pidDir, log, signal: stop.signal },
  );
  const url = `http://127.0.0.1:${ports.panel}`;
  const token = installation.secrets.panelToken;
  const state = (): Promise<State> => callApi<State>(`${url}/api/state`, { token });
  const close = async (): Promise<void> => {
    stop.abort();
    await running;
    disk?.remove();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await waitUntilUp(`${url}/healthz`, stop.signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    recordingsDir, disk, state, close,
    panelUrl: `${url}/#pair=${token}`,
    post: (path, body) => callApi<State>(`${url}/api/${path}`, { method: 'POST', token, ...(body === undefined ? {} : { body }) }),
    until: (what, holds, patience) =>
      eventually(what, async () => {
        const now = await state();
        if (holds(now)) return now;
        throw new Error(JSON.stringify({ lesson: now.lesson.phase, recording: now.recording, encoder: now.encoder.fps, sources: now.sources.map(({ signal }) => signal) }));
      }, patience),
    warnings: () => warningsIn(readFileSync(join(root, 'logs/appliance.log'), 'utf8')),
    signal: signalIn(installation.pidDir),
  };
}

/** Null where the system lets nobody mount: the campaign then leaves the disk in peace, and says so. */
function diskIfAllowed(dir: string): SmallDisk | null {
  try {
    return new SmallDisk(dir, DISK_MEGABYTES);
  } catch {
    return null;
  }
}

function warningsIn(log: string): string[] {
  return log.split('\n').filter((line) => /"level":[456]0/.test(line)).slice(-WARNINGS_TOLD);
}
