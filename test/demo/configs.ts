import { join } from 'node:path';
import type { Ports } from '#kit/process/ports.ts';
import { hashSecret } from '#kit/process/secrets.ts';
import { ROOM_ACCOUNT } from '../simulators/onvif/room-camera.ts';
import type { Installation } from './installation.ts';

/** What a test or a bench may want otherwise than the demo has it. */
export interface Adjustments {
  /** Where the edge's answers tell viewers and the box to send WebRTC media: a fault proxy's port instead of the edge's own. */
  readonly edgeMediaPort?: number;
  readonly loadTest?: boolean;
}

const HOST = '127.0.0.1';
const repository = join(import.meta.dirname, '../..');

/** Ports of the simulators, from the first of their range. */
export function simulatorPorts(ports: Ports) {
  const first = ports.simulators;
  return { rtsp: first, viscaTcp: first + 1, viscaUdp: first + 2, viscaIpUdp: first + 3, control: first + 4, onvif: first + 5, onvifDiscovery: first + 6 };
}

export function campusConfig(ports: Ports, { campusDir, libraryDir, secrets }: Installation): object {
  const edge = `http://${HOST}:${ports.edge}`;
  return {
    host: HOST,
    port: ports.campus,
    tlsPort: ports.campusTls,
    publicUrl: `http://${HOST}:${ports.campus}`,
    boxUrl: `https://${HOST}:${ports.campusTls}`,
    dataDir: campusDir,
    libraryDir,
    edge: { url: edge, apiUrl: edge, whip: `${edge}/whip`, whep: `${edge}/whep`, rtmp: `rtmp://${HOST}:${ports.rtmp}/live`, rtmps: `rtmps://${HOST}:${ports.rtmps}/live` },
    firstAdmin: { email: secrets.admin.email, passwordHash: secrets.admin.passwordHash },
    support: { email: secrets.support.email, passwordHash: secrets.support.passwordHash },
    consoleDist: join(repository, 'provisioning/console/dist'),
  };
}

export function edgeConfig(ports: Ports, { edgeDir, edgeTls }: Installation, campusPublicKeyPem: string, adjust: Adjustments): object {
  const campus = `http://${HOST}:${ports.campus}`;
  return {
    host: HOST,
    port: ports.edge,
    publicUrl: `http://${HOST}:${ports.edge}`,
    dataDir: edgeDir,
    campus: { url: campus, publicKeyPem: campusPublicKeyPem },
    webrtc: {
      host: HOST, port: ports.edgeUdp, advertised: [{ address: HOST, ...(adjust.edgeMediaPort ? { port: adjust.edgeMediaPort } : {}) }],
      // Whoever puts something in front of the media port means all media: connections would go round it.
      ...(adjust.edgeMediaPort ? {} : { iceTcp: { port: ports.iceTcp } }),
    },
    rtmp: { host: HOST, port: ports.rtmp, tls: { port: ports.rtmps, certFile: edgeTls.certFile, keyFile: edgeTls.keyFile } },
    webDist: join(repository, 'edge-relay/web/dist'),
    replayMediaOrigin: campus,
    allowedWebOrigins: [],
    ...(adjust.loadTest ? { loadTest: true } : {}),
  };
}

/** What a small machine without a GPU can encode beside everything else. */
export const DEMO_PROGRAM = {
  width: 1280,
  height: 720,
  fps: 25,
  renditions: [
    { id: '720p', width: 1280, height: 720, bitrateKbps: 2500 },
    { id: '360p', width: 640, height: 360, bitrateKbps: 350 },
  ],
  x264Preset: 'superfast',
};

export function applianceConfig(ports: Ports, { boxDir, recordingsDir, pidDir, secrets, edgeTls }: Installation): object {
  const simulated = simulatorPorts(ports);
  const rtsp = (name: string): string => `rtsp://${HOST}:${simulated.rtsp}/${name}`;
  return {
    host: HOST,
    port: ports.panel,
    dataDir: boxDir,
    recordingsDir,
    runDir: join(pidDir, 'media'),
    allowedHosts: [`${HOST}:${ports.panel}`, `localhost:${ports.panel}`],
    pairing: { tokenHash: hashSecret(secrets.panelToken) },
    initialPinHash: secrets.pinHash,
    program: DEMO_PROGRAM,
    encoders: ['h264_nvenc', 'h264_vaapi', 'h264_qsv', 'libx264'],
    sources: [
      { id: 'camera', name: 'Camera', kind: 'camera', url: rtsp('camera'), fps: 25 },
      { id: 'slides', name: 'Slides', kind: 'slides', url: rtsp('slides'), fps: 10 },
      { id: 'microphone', name: 'Microphone', kind: 'microphone', url: rtsp('mic') },
    ],
    cameras: [
      {
        id: 'camera', name: 'Camera', visca: { transport: 'tcp', address: `${HOST}:${simulated.viscaTcp}`, maxZoom: 4 }, fieldOfViewDeg: 60,
        presets: { 1: 'Whole room', 2: 'Board', 3: 'Demo table' },
        positions: { 1: { panDeg: 0, tiltDeg: 0, zoom: 1 }, 2: { panDeg: -6, tiltDeg: 3, zoom: 1.7 }, 3: { panDeg: 14, tiltDeg: -4, zoom: 2.2 } },
      },
      // The room's one head and picture once more, as a camera that speaks ONVIF.
      { id: 'camera-onvif', name: 'Camera by ONVIF', source: 'camera', fieldOfViewDeg: 60, onvif: { url: `http://${HOST}:${simulated.onvif}`, ...ROOM_ACCOUNT, maxZoom: 4 } },
    ],
    macros: [
      { id: 'board', name: 'Board', steps: [{ type: 'view', camera: 'camera', preset: '2' }, { type: 'layout', id: 'camera' }] },
      { id: 'audience-question', name: 'Audience question', steps: [{ type: 'view', camera: 'camera', preset: '1' }, { type: 'layout', id: 'picture-in-picture' }, { type: 'mute', muted: false }] },
      { id: 'demo-table', name: 'Demo table', steps: [{ type: 'view', camera: 'camera', preset: '3' }, { type: 'layout', id: 'side-by-side' }] },
    ],
    // The box is on no network here but this machine.
    cameraDiscovery: { interfaces: [HOST], port: simulated.onvifDiscovery },
    webrtc: { host: HOST, port: ports.boxUdp, advertised: [{ address: HOST }] },
    uplink: { authorityFile: edgeTls.authorityFile },
    share: { host: HOST, port: ports.panelTls, names: [HOST] },
    campus: { url: `http://${HOST}:${ports.campus}` },
    box: { serial: 'LX-DEMO-301', model: 'Lectern box (simulated room)' },
    children: { uploader: true, agent: true },
    panelDist: join(repository, 'control-panel/dist'),
  };
}

export function simulatorsConfig(ports: Ports, { cacheDir, pidDir }: Installation): object {
  return { host: HOST, ports: simulatorPorts(ports), serialLink: join(pidDir, 'visca-serial'), cacheDir, cameraFps: 25 };
}
