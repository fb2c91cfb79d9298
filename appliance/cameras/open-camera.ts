import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { CameraConfig, ViscaConfig } from '../config/appliance-config.ts';
import type { DeskCamera } from './camera-desk.ts';
import { ipLink } from './links/ip.ts';
import { type OpenLink, parseAddress } from './links/link.ts';
import { SerialBus } from './links/serial-bus.ts';
import { SharedSocket } from './links/shared-socket.ts';
import { tcpLink } from './links/tcp.ts';
import { udpLink } from './links/udp.ts';
import type { PtzCamera } from './ptz-camera.ts';
import { ViscaCamera } from './visca-camera.ts';
import { SONY_PORT } from './visca/over-ip.ts';

/** All cameras of a room: those on one serial port share it, and Sony's share the port that they answer to. */
export function openCameras(configs: readonly CameraConfig[], clock: Pick<Clock, 'nowMs'>, onvif: (id: string) => PtzCamera = noOnvif): DeskCamera[] {
  const wiring = new Wiring();
  return configs.map(({ id, name, visca, presets = {}, fieldOfViewDeg }) => {
    const viscaHead = ({ profile, maxZoom }: ViscaConfig, open: OpenLink): PtzCamera => new ViscaCamera({ open, clock, profile, maxZoom, fieldOfViewDeg });
    return { id, name, head: visca === undefined ? onvif(id) : viscaHead(visca, wiring.linkFor(visca)), presets };
  });
}

function noOnvif(id: string): never {
  throw new CodedError('bad_config', `The camera "${id}" has no VISCA link.`);
}

class Wiring {
  readonly #buses = new Map<string, SerialBus>();
  readonly #sony = new SharedSocket(SONY_PORT);
  readonly #elsewhere = new SharedSocket(0);

  linkFor(visca: ViscaConfig): OpenLink {
    if (visca.transport === 'serial') return this.#busAt(visca.path ?? '', visca.baud ?? 9600).link(visca.device ?? 1);
    const target = parseAddress(visca.address ?? '');
    switch (visca.transport) {
      case 'tcp':
        return tcpLink(target);
      case 'udp':
        return udpLink(target);
      case 'ip':
        return ipLink(target, target.port === SONY_PORT ? this.#sony : this.#elsewhere);
    }
  }

  #busAt(path: string, baud: number): SerialBus {
    const bus = this.#buses.get(path) ?? new SerialBus({ path, baud });
    this.#buses.set(path, bus);
    return bus;
  }
}
