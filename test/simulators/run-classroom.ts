import { mkdirSync } from 'node:fs';
import { createLog, type Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { assertLoopback, serveControl } from './control.ts';
import { openRoomCamera } from './onvif/room-camera.ts';
import type { ClassroomAddresses, ClassroomOptions } from './options.ts';
import { Renderer } from './renderer.ts';
import { FaultyLine } from './visca/faults.ts';
import { PtzHead } from './visca/head.ts';
import { runMotors } from './visca/motor-loop.ts';
import { serveSerial } from './visca/serial-line.ts';
import { serveTcp } from './visca/tcp-server.ts';
import { serveOverIp, serveUdp } from './visca/udp-server.ts';

export interface ClassroomHooks {
  readonly log?: Log;
  /** Called once, when every part of the room answers. */
  readonly onReady?: (addresses: ClassroomAddresses) => void;
}

/** The simulated classroom, reached as hardware would be. Resolves on abort; rejects when a port is taken. */
export async function runClassroom(options: ClassroomOptions, signal: AbortSignal, hooks: ClassroomHooks = {}): Promise<void> {
  assertLoopback(options.host);
  mkdirSync(options.cacheDir, { recursive: true });
  const { host, ports, serialLink } = options;
  const log = hooks.log ?? createLog('simulators');
  const stop = new AbortController();
  const inner = AbortSignal.any([signal, stop.signal]);
  const head = new PtzHead(Date.now());
  const line = new FaultyLine();
  const renderer = new Renderer(options, log);
  let rtspPort = ports.rtsp;
  try {
    const onvif = ports.onvif === undefined ? null : await openRoomCamera(head, { host, port: ports.onvif, discovery: ports.onvifDiscovery, rtsp: () => `rtsp://${host}:${rtspPort}` }, inner);
    const open = {
      viscaTcp: await serveTcp(head, line, { host, port: ports.viscaTcp }, inner),
      viscaUdp: await serveUdp(head, line, { host, port: ports.viscaUdp }, inner),
      viscaIpUdp: await serveOverIp(head, line, { host, port: ports.viscaIpUdp }, inner),
      control: await serveControl({ renderer, head, line, onvif }, { host, port: ports.control }, log, inner),
    };
    const served = Promise.withResolvers<number>();
    const attached = Promise.withResolvers<void>();
    if (serialLink === undefined) attached.resolve();
    const running = Promise.all([
      renderer.run(inner, (port) => {
        rtspPort = port;
        served.resolve(port);
      }),
      runMotors(head, (viewport) => renderer.look(viewport), inner),
      serialLink === undefined ? undefined : keepSerial(head, line, serialLink, log, inner, attached.resolve),
    ]);
    const [rtsp] = await Promise.race([Promise.all([served.promise, attached.promise]), running.then(() => [null] as const)]);
    if (rtsp !== null) hooks.onReady?.({ host, rtsp: `rtsp://${host}:${rtsp}`, ...open, serial: serialLink ?? null, onvif: onvif?.port ?? null });
    await running;
  } finally {
    stop.abort();
  }
}

function keepSerial(head: PtzHead, line: FaultyLine, link: string, log: Log, signal: AbortSignal, onOpen: () => void): Promise<void> {
  return supervise('serial line', (inner) => serveSerial([head], line, link, inner, onOpen), { signal, log });
}
