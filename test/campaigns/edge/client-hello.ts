import { createDtlsCertificate } from '#kit/webrtc/dtls/certificate.ts';
import { WeriftDtls } from '#kit/webrtc/dtls/werift-dtls.ts';

/** The first flight of a real DTLS client (RFC 6347 section 4.2.1): no cookie yet. */
export async function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const events = { send: (datagram: Buffer) => resolve(Buffer.from(datagram)), onConnected: () => undefined, onClosed: () => undefined };
  const client = new WeriftDtls({ role: 'client', certificate: await createDtlsCertificate(), remoteFingerprints: [], events });
  client.start();
  const hello = await promise;
  client.close();
  return hello;
}
