import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { find, parseXml, textAt } from '#appliance/cameras/onvif/xml.ts';

const GROUP = '239.255.255.250';

export interface ResponderOptions {
  /** Of the network that it sits on. */
  readonly address: string;
  readonly port: number;
  readonly endpoint: string;
  /** Of its device service. */
  readonly url: string;
  readonly name: string;
  readonly model: string;
  /** In place of the answer, as a hostile device would have it. */
  readonly forge?: (probeId: string) => readonly string[];
}

/** Answers probes for network video transmitters, as an ONVIF device must (core specification, section 7.3). Resolves with the port. */
export async function serveDiscovery(options: ResponderOptions, signal: AbortSignal): Promise<number> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (packet, from) => {
    const probeId = probeIdIn(packet.toString('utf8'));
    if (probeId === null) return;
    const answers = options.forge?.(probeId) ?? [matchFor(probeId, options)];
    // WS-Discovery 1.0, section 2.4: after a moment by chance, so that not all answer at once.
    void delay(Math.random() * 100, undefined, { ref: false, signal }).then(() => answers.forEach((answer) => socket.send(answer, from.port, from.address)), () => undefined);
  });
  socket.bind(options.port, GROUP);
  await once(socket, 'listening');
  socket.addMembership(GROUP, options.address);
  socket.setMulticastInterface(options.address);
  signal.addEventListener('abort', () => socket.close(), { once: true });
  return socket.address().port;
}

function probeIdIn(packet: string): string | null {
  const envelope = parseXml(packet);
  const types = textAt(envelope, 'Body', 'Probe', 'Types');
  if (find(envelope, 'Body', 'Probe') === undefined || (types !== '' && !types.includes('NetworkVideoTransmitter'))) return null;
  return textAt(envelope, 'Header', 'MessageID');
}

/** `probeId` as it came, with its `urn:uuid:`. */
export function matchFor(probeId: string, { endpoint, url, name, model }: Pick<ResponderOptions, 'endpoint' | 'url' | 'name' | 'model'>): string {
  const scopes = ['type/video_encoder', `name/${encodeURIComponent(name)}`, `hardware/${encodeURIComponent(model)}`, 'Profile/Streaming'].map((scope) => `onvif://www.onvif.org/${scope}`).join(' ');
  return '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
    + `<SOAP-ENV:Header><wsa:RelatesTo>${probeId}</wsa:RelatesTo><wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action></SOAP-ENV:Header>`
    + `<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>${endpoint}</wsa:Address></wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>`
    + `<d:Scopes>${scopes}</d:Scopes><d:XAddrs>${url}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
}
