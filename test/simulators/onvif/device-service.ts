import type { XmlElement } from '#appliance/cameras/onvif/xml.ts';
import type { SimulatedCamera } from './camera.ts';
import { unsupported } from './soap.ts';

export const SERVICES = {
  media: ['http://www.onvif.org/ver10/media/wsdl', 'Media', '/onvif/media_service'],
  media2: ['http://www.onvif.org/ver20/media/wsdl', null, '/onvif/media2_service'],
  ptz: ['http://www.onvif.org/ver20/ptz/wsdl', 'PTZ', '/onvif/ptz_service'],
  imaging: ['http://www.onvif.org/ver20/imaging/wsdl', 'Imaging', '/onvif/imaging_service'],
  events: ['http://www.onvif.org/ver10/events/wsdl', 'Events', '/onvif/event_service'],
} as const;
export type ServiceName = keyof typeof SERVICES;

/** Device service (core specification, section 8). `origin` is where the camera believes that it is reached. */
export function answerDevice(request: XmlElement, camera: SimulatedCamera, origin: string): string {
  const present = (Object.keys(SERVICES) as ServiceName[]).filter((name) => camera.faults.missing?.includes(name) !== true);
  switch (request.name) {
    case 'GetSystemDateAndTime':
      return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>${dateTime(new Date(camera.nowMs()))}</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
    case 'GetServices':
      if (camera.faults.noGetServices === true) throw unsupported();
      return `<tds:GetServicesResponse>${service('http://www.onvif.org/ver10/device/wsdl', `${origin}/onvif/device_service`)}${present.map((name) => service(SERVICES[name][0], origin + SERVICES[name][2])).join('')}</tds:GetServicesResponse>`;
    case 'GetCapabilities':
      return `<tds:GetCapabilitiesResponse><tds:Capabilities>${present.map((name) => capability(name, origin)).join('')}</tds:Capabilities></tds:GetCapabilitiesResponse>`;
    case 'GetDeviceInformation':
      return '<tds:GetDeviceInformationResponse><tds:Manufacturer>Lectern</tds:Manufacturer><tds:Model>Simulated dome</tds:Model><tds:FirmwareVersion>1.0.7</tds:FirmwareVersion><tds:SerialNumber>SIM-0301</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>';
    case 'SystemReboot':
      camera.reboot();
      return '<tds:SystemRebootResponse><tds:Message>Rebooting</tds:Message></tds:SystemRebootResponse>';
    default:
      throw unsupported();
  }
}

function service(namespace: string, address: string): string {
  return `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${address}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>`;
}

function capability(name: ServiceName, origin: string): string {
  const [, category, path] = SERVICES[name];
  return category === null ? '' : `<tt:${category}><tt:XAddr>${origin}${path}</tt:XAddr></tt:${category}>`;
}

function dateTime(at: Date): string {
  const time = `<tt:Time><tt:Hour>${at.getUTCHours()}</tt:Hour><tt:Minute>${at.getUTCMinutes()}</tt:Minute><tt:Second>${at.getUTCSeconds()}</tt:Second></tt:Time>`;
  const date = `<tt:Date><tt:Year>${at.getUTCFullYear()}</tt:Year><tt:Month>${at.getUTCMonth() + 1}</tt:Month><tt:Day>${at.getUTCDate()}</tt:Day></tt:Date>`;
  return `<tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>${time}${date}</tt:UTCDateTime>`;
}
