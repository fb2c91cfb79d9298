import { CodedError } from '#kit/process/errors.ts';
import { find, findAll, parseXml, textAt, type XmlElement } from './xml.ts';

/** A device that answered a probe (WS-Discovery 1.0, section 5.3; ONVIF core specification, section 7.3). */
export interface DeviceMatch {
  readonly endpoint: string;
  readonly urls: readonly string[];
  readonly name: string;
  readonly model: string;
  readonly scopes: readonly string[];
}

/** No device says more about itself: what is longer is not read. */
const MAX_CHARS = 32_768;
const MAX_MATCHES = 16;
const MAX_URLS = 8;
const MAX_SCOPES = 32;
const MAX_TEXT = 256;
const SCOPE = 'onvif://www.onvif.org/';

/** The library's probe goes out by one socket for all networks, and its answers are read without bounds; this is the same message. */
export function probeMessage(id: string): string {
  const addressing = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
  const discovery = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
  return '<?xml version="1.0" encoding="UTF-8"?>'
    + `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="${addressing}" xmlns:d="${discovery}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">`
    + `<e:Header><w:MessageID>urn:uuid:${id}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action>${discovery}/Probe</w:Action></e:Header>`
    + '<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>';
}

/** Devices in an answer to the probe of this id; none in an answer to somebody else's. @throws CodedError `camera_bad_answer` */
export function matchesIn(packet: string, probeId: string): DeviceMatch[] {
  if (packet.length > MAX_CHARS) throw new CodedError('camera_bad_answer', 'An answer to a probe is too long.', { status: 502 });
  const envelope = parseXml(packet);
  if (textAt(envelope, 'Header', 'RelatesTo').toLowerCase() !== `urn:uuid:${probeId}`) return [];
  return findAll(find(envelope, 'Body', 'ProbeMatches'), 'ProbeMatch').slice(0, MAX_MATCHES).flatMap((match) => deviceOf(match) ?? []);
}

function deviceOf(match: XmlElement): DeviceMatch | null {
  const endpoint = textAt(match, 'EndpointReference', 'Address').slice(0, MAX_TEXT);
  const urls = words(textAt(match, 'XAddrs')).filter((url) => /^https?:\/\//i.test(url) && url.length <= MAX_TEXT && URL.canParse(url)).slice(0, MAX_URLS);
  if (endpoint === '' || urls.length === 0) return null;
  const scopes = words(textAt(match, 'Scopes')).map((scope) => scope.slice(0, MAX_TEXT)).slice(0, MAX_SCOPES);
  return { endpoint, urls, name: scoped(scopes, 'name'), model: scoped(scopes, 'hardware'), scopes };
}

function scoped(scopes: readonly string[], category: string): string {
  const start = `${SCOPE}${category}/`;
  const text = scopes.find((scope) => scope.startsWith(start))?.slice(start.length) ?? '';
  try {
    return decodeURIComponent(text).slice(0, MAX_TEXT);
  } catch (error) {
    // A stray percent sign is no reason to hide a camera.
    if (error instanceof URIError) return text;
    throw error;
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
