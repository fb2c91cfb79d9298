import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createLog } from '#kit/process/log.ts';
import { matchFor, serveDiscovery } from '#test/simulators/onvif/discovery-responder.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Discovery } from './discovery.ts';

const HOST = '127.0.0.1';
const log = createLog('test');
log.level = 'silent';
const DOME = { endpoint: 'urn:uuid:5f5a69c2-e0ae-504f-829b-000000000001', name: 'Front left 前左', model: 'Simulated dome', url: `http://${HOST}:8899/onvif/device_service` };

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

/** One that nobody has: several devices must share it. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

it('finds the devices of a network, each once, with what they say of themselves', async () => {
  const port = await freePort();
  const second = { ...DOME, endpoint: 'urn:uuid:2', name: 'Back', url: `http://192.0.2.9/x http://${HOST}:8900/onvif/device_service` };
  for (const device of [DOME, second]) await serveDiscovery({ ...device, address: HOST, port }, stop.signal);
  // The same network twice, as a box with two of its own on it.
  const discovery = new Discovery({ interfaces: [HOST, HOST], port }, log);
  const devices = await discovery.devices();
  expect(devices).toMatchObject([DOME, { ...second, url: `http://${HOST}:8900/onvif/device_service` }]);
  expect(devices[0]?.scopes).toContain('onvif://www.onvif.org/Profile/Streaming');
});

it('looks again by itself, and is not put off by hostile answers, nor by networks that are not there', async () => {
  const port = await freePort();
  const forge = (probeId: string): string[] => [
    matchFor(probeId, DOME),
    '<a>'.repeat(9_000), `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, '\u0000'.repeat(33_000), '', '<ProbeMatches/>',
    matchFor('urn:uuid:of-somebody-else', { ...DOME, endpoint: 'urn:uuid:stranger' }),
    matchFor(probeId, { ...DOME, endpoint: 'urn:uuid:script', url: 'javascript:alert(1)' }),
    ...Array.from({ length: 20 }, (_, index) => matchFor(probeId, { ...DOME, endpoint: `urn:uuid:flood-${index}`, name: 'x'.repeat(300) })),
  ];
  await serveDiscovery({ ...DOME, address: HOST, port, forge }, stop.signal);
  const discovery = new Discovery({ interfaces: ['192.0.2.77', HOST], port }, log);
  const running = discovery.run(stop.signal);
  await vi.waitFor(async () => expect((await discovery.devices()).map(({ endpoint }) => endpoint)).toContain(DOME.endpoint), { timeout: 20_000 });
  const devices = await discovery.devices();
  expect(devices.length).toBeLessThanOrEqual(21);
  expect(devices.map(({ endpoint }) => endpoint)).not.toEqual(expect.arrayContaining(['urn:uuid:stranger']));
  expect(devices.map(({ endpoint }) => endpoint)).not.toEqual(expect.arrayContaining(['urn:uuid:script']));
  stop.abort();
  await running;
});
