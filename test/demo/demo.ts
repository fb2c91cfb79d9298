import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#kit/process/log.ts';
import { portsFrom, type Ports } from '#kit/process/ports.ts';
import { callApi } from './api.ts';
import { applianceConfig, campusConfig, edgeConfig, simulatorPorts, simulatorsConfig, type Adjustments } from './configs.ts';
import { openInstallation, writeAtomically, type Installation } from './installation.ts';
import { requirePortsFree } from './ports-free.ts';
import { claimBox, publishToken, seedCampus, seedEdge, signInAtCampus, studentAccess, STUDENTS, type StudentAccess } from './seed.ts';
import { runService, waitUntilUp, type Service } from './services.ts';

export interface DemoOptions {
  readonly portBase: number;
  /** Where everything it keeps lies: configuration, keys, databases, recordings, logs. */
  readonly dir: string;
  /** Pictures and voice of the simulated room; made once, may be shared. */
  readonly cacheDir?: string;
  /** Leave the box for a person to claim in the console. */
  readonly unclaimed: boolean;
  readonly adjust?: Adjustments;
}

/** `.lectern/demo.json`: what a person or an outside program needs to use the demo. */
export interface DemoFile {
  readonly room: string;
  readonly panel: { readonly url: string; readonly pin: string; readonly token: string };
  readonly edge: { readonly url: string };
  readonly campus: { readonly url: string; readonly admin: Account; readonly support: Account };
  readonly students: { readonly paid: StudentAccess; readonly unpaid: StudentAccess };
  readonly publish: { readonly whip: { readonly url: string; readonly token: string }; readonly rtmp: { readonly url: string } };
  readonly simulators: { readonly onvif: string; readonly viscaTcp: string; readonly viscaUdp: string; readonly rtsp: string; readonly control: string };
  readonly dirs: { readonly recordings: string; readonly library: string; readonly logs: string };
  readonly pidDir: string;
}

interface Account {
  readonly email: string;
  readonly password: string;
}

const HOST = '127.0.0.1';

/** Runs the whole product with its simulated room. `onReady` is called once everything works together. Resolves on abort. */
export async function runDemo(options: DemoOptions, signal: AbortSignal, log: Log, onReady: (demo: DemoFile) => void): Promise<void> {
  const ports = portsFrom(options.portBase);
  await requirePortsFree(portsNeeded(ports));
  const installation = await openInstallation(options.dir, options.cacheDir);
  rmSync(installation.demoFile, { force: true });
  // One failure ends all: a launcher that hangs with half a product is worse than one that says why it stopped.
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const running: Promise<void>[] = [];
  const start = (service: Service): void => {
    const runner = { logDir: join(installation.root, 'logs'), pidDir: installation.pidDir, log, signal: both };
    running.push(runService(service, runner).catch((error: unknown) => failed.abort(error)));
  };
  try {
    onReady(await bringUp(options, ports, installation, start, both));
    await Promise.all(running);
  } catch (error) {
    failed.abort(error);
    await Promise.all(running);
    if (!signal.aborted) throw failed.signal.reason;
  }
  if (failed.signal.aborted) throw failed.signal.reason;
}

async function bringUp(options: DemoOptions, ports: Ports, installation: Installation, start: (service: Service) => void, signal: AbortSignal): Promise<DemoFile> {
  const places = { panel: url(ports.panel), edge: url(ports.edge), campus: url(ports.campus) };
  const launch = (name: string, main: string, config: object): void => {
    const configFile = join(installation.configDir, `${name}.json`);
    writeAtomically(configFile, config);
    start({ name, main, configFile });
  };
  launch('simulators', 'test/simulators/main.ts', simulatorsConfig(ports, installation));
  launch('campus', 'provisioning/campus/main.ts', campusConfig(ports, installation));
  launch('appliance', 'appliance/main.ts', applianceConfig(ports, installation));
  await waitUntilUp(`${places.campus}/healthz`, signal);
  const keys = await callApi<{ publicKeyPem: string }>(`${places.campus}/api/keys`);
  launch('edge', 'edge-relay/main.ts', edgeConfig(ports, installation, keys.publicKeyPem, options.adjust ?? {}));
  await waitUntilUp(`${places.edge}/healthz`, signal);
  const campusKey = readFileSync(join(installation.campusDir, 'token-key.pem'), 'utf8');
  const now = Date.now();
  await seedEdge(places.edge, campusKey, now);
  const { admin } = installation.secrets;
  const adminToken = await signInAtCampus(places.campus, admin.email, admin.password);
  await seedCampus(places.campus, adminToken, now);
  await waitUntilUp(`${places.panel}/healthz`, signal);
  await waitUntilUp(`http://${HOST}:${simulatorPorts(ports).control}/healthz`, signal, 120_000);
  if (!options.unclaimed) await claimBox(places, adminToken, installation.secrets.panelToken, signal);
  const demo = await describeDemo(ports, installation, campusKey);
  writeAtomically(installation.demoFile, demo);
  return demo;
}

async function describeDemo(ports: Ports, { secrets, recordingsDir, libraryDir, pidDir, root }: Installation, campusKey: string): Promise<DemoFile> {
  const [edge, simulated, key] = [url(ports.edge), simulatorPorts(ports), publishToken(campusKey)];
  const account = ({ email, password }: Account): Account => ({ email, password });
  return {
    room: 'room-301',
    panel: { url: `${url(ports.panel)}/#pair=${secrets.panelToken}`, pin: secrets.pin, token: secrets.panelToken },
    edge: { url: edge },
    campus: { url: url(ports.campus), admin: account(secrets.admin), support: account(secrets.support) },
    students: { paid: await studentAccess(edge, campusKey, STUDENTS.paid), unpaid: await studentAccess(edge, campusKey, STUDENTS.unpaid) },
    publish: { whip: { url: `${edge}/whip/room-302`, token: key }, rtmp: { url: `rtmp://${HOST}:${ports.rtmp}/live/room-302?key=${key}` } },
    simulators: {
      onvif: `http://${HOST}:${simulated.onvif}/onvif/device_service`,
      viscaTcp: `${HOST}:${simulated.viscaTcp}`,
      viscaUdp: `${HOST}:${simulated.viscaUdp}`,
      rtsp: `rtsp://${HOST}:${simulated.rtsp}/camera`,
      control: `http://${HOST}:${simulated.control}`,
    },
    dirs: { recordings: recordingsDir, library: libraryDir, logs: join(root, 'logs') },
    pidDir,
  };
}

function portsNeeded(ports: Ports) {
  const simulated = simulatorPorts(ports);
  return {
    tcp: [ports.panel, ports.edge, ports.campus, ports.campusTls, ports.rtmp, ports.rtmps, simulated.rtsp, simulated.viscaTcp, simulated.control, simulated.onvif],
    udp: [ports.edgeUdp, ports.boxUdp, simulated.viscaUdp, simulated.viscaIpUdp, simulated.onvifDiscovery],
  };
}

/** The demo of another process, if its file is there. */
export function readDemo(file: string): DemoFile | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DemoFile) : undefined;
}

function url(port: number): string {
  return `http://${HOST}:${port}`;
}
