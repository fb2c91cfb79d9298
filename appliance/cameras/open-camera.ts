import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { CameraConfig, ViscaConfig } from '../config/appliance-config.ts';
import type { DeskCamera } from './camera-desk.ts';
import { ipLink } from './links/ip.ts';
import { parseAddress, type OpenLink } from './links/link.ts';
import { serialLink } from './links/serial.ts';
import { tcpLink } from './links/tcp.ts';
import { udpLink } from './links/udp.ts';
import type { PtzCamera } from './ptz-camera.ts';
import { ViscaCamera } from './visca-camera.ts';

/** Most classroom heads zoom 20 times; the picture on the panel, not this figure, is what a teacher steers by. */
const MAX_ZOOM = 20;

export function cameraFrom({ id, name, visca, presets = {} }: CameraConfig, clock: Pick<Clock, 'nowMs'>, onvif: (id: string) => PtzCamera = noOnvif): DeskCamera {
  const head = visca === undefined ? onvif(id) : new ViscaCamera({ open: linkFor(visca), clock, maxZoom: visca.maxZoom ?? MAX_ZOOM });
  return { id, name, head, presets };
}

function noOnvif(id: string): never {
  throw new CodedError('bad_config', `The camera "${id}" has no VISCA link.`);
}

function linkFor(visca: ViscaConfig): OpenLink {
  if (visca.transport === 'serial') return serialLink({ path: visca.path ?? '', baud: visca.baud ?? 9600 });
  const target = parseAddress(visca.address ?? '');
  switch (visca.transport) {
    case 'tcp':
      return tcpLink(target);
    case 'udp':
      return udpLink(target);
    case 'ip':
      return ipLink(target);
  }
}
