import { X509Certificate } from 'node:crypto';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { SimulatedCamera } from '#test/simulators/onvif/camera.ts';
import { EventService } from '#test/simulators/onvif/event-service.ts';
import { serveOnvif } from '#test/simulators/onvif/onvif-server.ts';
import { PtzHead } from '#test/simulators/visca/head.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BoundedHttp } from './bounded-http.ts';
import { connectDevice } from './connect.ts';
import { OnvifClient } from './onvif-client.ts';
import { deviceAddress } from './onvif-config.ts';

const HOST = '127.0.0.1';
const ACCOUNT = { username: 'admin', password: 'secret' };
const stop = new AbortController();
let camera: SimulatedCamera;
let port: number;
let sha256: string;

beforeAll(async () => {
  const authority = await createAuthority('CN=Camera maker', Date.now());
  const { keyPem, certificatePem } = await issueForServer(authority, 'CN=camera', [HOST], Date.now());
  sha256 = new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '');
  camera = new SimulatedCamera(new PtzHead(Date.now()));
  const options = { account: ACCOUNT, rtsp: () => 'rtsp://h', snapshot: async () => Buffer.alloc(0), tls: { key: keyPem, cert: certificatePem } };
  port = await serveOnvif(camera, new EventService(camera), options, { host: HOST, port: 0 }, stop.signal);
});
afterAll(() => stop.abort());

async function modelBy(trust: string): Promise<string> {
  const http = new BoundedHttp(trust);
  try {
    return (await connectDevice(new OnvifClient(http, deviceAddress(`https://${HOST}:${port}`), ACCOUNT, stop.signal), undefined)).model;
  } finally {
    http.close();
  }
}

it('trusts the certificate that was pinned, or any, as it was told', async () => {
  expect(await modelBy(`pinned:${sha256}`)).toBe('Simulated dome');
  expect(await modelBy('any')).toBe('Simulated dome');
});

it.each(['system', `pinned:${'0'.repeat(64)}`])('refuses the camera’s own certificate with %s, before anything was said', async (trust) => {
  const asked = camera.asked.length;
  await expect(modelBy(trust)).rejects.toMatchObject({ code: 'camera_untrusted' });
  expect(camera.asked.length).toBe(asked);
});
