import { CodedError } from '#kit/process/errors.ts';
import type { OnvifDevice } from './connect.ts';
import type { OnvifClient } from './onvif-client.ts';
import type { Credentials } from './request-writer.ts';
import { chooseProfile } from './profiles.ts';
import { ownAddress } from './services.ts';
import { escapeXml, find, textAt } from './xml.ts';

/**
 * The RTSP address of a profile (by token or name; the camera's first unless told), with name and password in it: never to be logged.
 * @throws CodedError `camera_cannot` where the camera has no such profile or gives no address
 */
export async function streamAddress(client: OnvifClient, device: OnvifDevice, credentials: Credentials | null, profile?: string): Promise<string> {
  const token = escapeXml(tokenOf(device, profile));
  const answer = await client.ask((cam) => {
    cam.media2Support = device.media2;
    cam.getStreamUri({ protocol: 'RTSP', profileToken: token }, () => undefined);
  });
  const given = textAt(answer, 'MediaUri', 'Uri') || textAt(answer, 'Uri');
  if (!/^rtsps?:\/\//i.test(given) || !URL.canParse(given)) throw new CodedError('camera_cannot', 'The camera gives no RTSP address for this profile.', { status: 502 });
  return signedAddress(new URL(given), client.device.hostname, credentials);
}

/** The host is the one by which we reach the camera; see {@link ownAddress}. */
export function signedAddress(given: URL, hostname: string, credentials: Credentials | null): string {
  const { protocol, port, pathname, search } = given;
  const who = credentials === null ? '' : `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`;
  return `${protocol}//${who}${hostname}${port === '' ? '' : `:${port}`}${pathname}${search}`;
}

/** A still as the camera makes it. @throws CodedError `camera_cannot`, `camera_bad_answer` */
export async function still(client: OnvifClient, device: OnvifDevice, profile?: string): Promise<Buffer> {
  const token = escapeXml(tokenOf(device, profile));
  const answer = await client.ask((cam) => {
    cam.media2Support = device.media2;
    cam.getSnapshotUri({ profileToken: token }, () => undefined);
  });
  const url = ownAddress((find(answer, 'MediaUri') === undefined ? textAt(answer, 'Uri') : textAt(answer, 'MediaUri', 'Uri')), client.device);
  if (url === null) throw new CodedError('camera_cannot', 'The camera makes no stills.', { status: 502 });
  const picture = await client.fetch(url);
  // ISO 10918-1, annex B: every JPEG begins with SOI and another marker.
  if (picture[0] !== 0xff || picture[1] !== 0xd8 || picture[2] !== 0xff) throw new CodedError('camera_bad_answer', 'What the camera sent is no JPEG.', { status: 502 });
  return picture;
}

function tokenOf(device: OnvifDevice, wanted: string | undefined): string {
  const profile = wanted === undefined ? device.profile : chooseProfile(device.profiles, wanted);
  if (profile == null) throw new CodedError('camera_cannot', wanted === undefined ? 'The camera has no profile with a picture.' : `The camera has no profile "${wanted}".`);
  return profile.token;
}
