import { textAt, findAll, find, type XmlElement } from './xml.ts';

/** A service, or a part of one, that this device leaves out or breaks. */
export interface Missing {
  readonly service: string;
  readonly why: string;
}

const NAMESPACES: readonly (readonly [string, RegExp])[] = [
  ['media2', /\/ver20\/media\/wsdl$/i], ['media', /\/ver10\/media\/wsdl$/i], ['ptz', /\/ver20\/ptz\/wsdl$/i],
  ['imaging', /\/ver20\/imaging\/wsdl$/i], ['events', /\/ver10\/events\/wsdl$/i],
];
const CATEGORIES: readonly (readonly [string, string])[] = [['media', 'Media'], ['ptz', 'PTZ'], ['imaging', 'Imaging'], ['events', 'Events']];

/** From `GetServicesResponse` (core specification, section 8.1.2.3). */
export function servicesOf(answer: XmlElement, device: URL): Map<string, URL> {
  const found = new Map<string, URL>();
  for (const service of findAll(answer, 'Service')) {
    const name = NAMESPACES.find(([, pattern]) => pattern.test(textAt(service, 'Namespace')))?.[0];
    const url = ownAddress(textAt(service, 'XAddr'), device);
    if (name !== undefined && url !== null) found.set(name, url);
  }
  return found;
}

/** From `GetCapabilitiesResponse`, which devices from before 2011 have instead. */
export function capabilitiesOf(answer: XmlElement, device: URL): Map<string, URL> {
  const capabilities = find(answer, 'Capabilities');
  const found = CATEGORIES.map(([name, category]) => [name, ownAddress(textAt(capabilities, category, 'XAddr'), device)] as const);
  return new Map(found.filter((entry): entry is [string, URL] => entry[1] !== null));
}

/**
 * An address that a device gave, at the host by which we reach it: behind a translated address it names one that leads nowhere, and a
 * hostile one could name a third party for the password to be sent to.
 */
export function ownAddress(given: string, device: URL): URL | null {
  if (!URL.canParse(given)) return null;
  const { protocol, hostname, port, pathname, search } = new URL(given);
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  const own = new URL(device);
  own.pathname = pathname;
  own.search = search;
  if (hostname === device.hostname && protocol === device.protocol) own.port = port;
  return own;
}
