import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { FaultyLine } from './faults.ts';
import { MAX_ZOOM, type Persona, PtzHead } from './head.ts';
import { runMotors } from './motor-loop.ts';
import { serveSerial } from './serial-line.ts';
import { serveTcp } from './tcp-server.ts';
import { serveOverIp, serveUdp } from './udp-server.ts';
import type { ViscaConfig } from '#appliance/config/appliance-config.ts';
import { ipLink } from '#appliance/cameras/links/ip.ts';
import type { SharedSocket } from '#appliance/cameras/links/shared-socket.ts';
import { openCameras } from '#appliance/cameras/open-camera.ts';
import type { PtzCamera } from '#appliance/cameras/ptz-camera.ts';
import { ViscaCamera } from '#appliance/cameras/visca-camera.ts';
import type { Rig } from '#appliance/cameras/testing/ptz-camera-contract.ts';

const HOST = '127.0.0.1';
const clock = { nowMs: () => Date.now() };
const log = createLog('test');
log.level = 'silent';

/** Simulated heads on one line, and the cameras that are to drive them. */
export class ViscaRoom {
  readonly heads: readonly PtzHead[];
  readonly line = new FaultyLine();
  readonly #stop = new AbortController();
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'visca-'));
  readonly #running: Promise<unknown>[];

  constructor(personas: readonly Partial<Persona>[] = [{}]) {
    this.heads = personas.map((persona) => new PtzHead(Date.now(), persona));
    this.#running = this.heads.map((head) => runMotors(head, () => undefined, this.#stop.signal));
  }

  get head(): PtzHead {
    const [head] = this.heads;
    if (head === undefined) throw new Error('a room without a head');
    return head;
  }

  async cameras(transport: ViscaConfig['transport']): Promise<PtzCamera[]> {
    const configs = await this.#serve(transport);
    return openCameras(configs.map((visca, index) => ({ id: `camera-${index}`, name: 'Camera', visca })), clock).map(({ head }) => this.#keep(head));
  }

  /** Heads with addresses of their own, which answer to one port whatever they are asked from. */
  async camerasBehind(socket: SharedSocket): Promise<PtzCamera[]> {
    const replyPort = await socket.port();
    return Promise.all(this.heads.map(async (head, index) => {
      const host = `127.0.0.${index + 2}`;
      const port = await serveOverIp(head, this.line, { host, port: 0, replyPort }, this.#stop.signal);
      return this.#keep(new ViscaCamera({ open: ipLink({ host, port }, socket), clock, maxZoom: MAX_ZOOM }));
    }));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #keep<T extends PtzCamera>(camera: T): T {
    this.#running.push(supervise('camera', (signal) => camera.run(signal), { signal: this.#stop.signal, log, maxDelayMs: 500 }));
    return camera;
  }

  async #serve(transport: ViscaConfig['transport']): Promise<ViscaConfig[]> {
    const at = { host: HOST, port: 0 };
    if (transport === 'serial') {
      const link = path.join(this.#folder, 'line');
      await new Promise<void>((resolve) => this.#running.push(serveSerial(this.heads, this.line, link, this.#stop.signal, resolve)));
      return this.heads.map((_head, index) => ({ transport, path: link, baud: 9600, device: index + 1, maxZoom: MAX_ZOOM }));
    }
    const server = { tcp: serveTcp, udp: serveUdp, ip: serveOverIp }[transport];
    const ports = await Promise.all(this.heads.map((head) => server(head, this.line, at, this.#stop.signal)));
    return ports.map((port) => ({ transport, address: `${HOST}:${port}`, maxZoom: MAX_ZOOM }));
  }
}

/** For the contract: one head, its camera, and a line that can be cut. */
export async function viscaRig(transport: ViscaConfig['transport']): Promise<Rig> {
  const room = new ViscaRoom();
  const [camera] = await room.cameras(transport);
  if (camera === undefined) throw new Error('no camera');
  return {
    camera,
    head: () => ({ ...room.head.viewport(), moving: room.head.moving }),
    cut: () => room.line.set({ loss: 1 }),
    heal: () => room.line.set({}),
    close: () => room.close(),
  };
}
