/** Whether an RTMP connection may publish: `rtmp://host/live/<room>?key=<publishing key>`. Synchronous, as RTMP's handling is. */
import { CodedError } from '#kit/process/errors.ts';
import { verifyToken } from '#kit/process/tokens.ts';
import { EDGE_AUDIENCE, ServiceClaims } from '../contract/access.ts';

const APP = 'live';

export interface PublishRequest {
  readonly app: string;
  readonly room: string;
  readonly key: string;
}

/** Who publishes, and with what right. @throws CodedError 401 or 403 with a sentence for the encoder's operator */
export function checkPublishKey(request: PublishRequest, publicKeyPem: string): { readonly owner: string; readonly rank: number } {
  const { app, room, key } = request;
  if (key === '') throw new CodedError('key_needed', 'Publishing needs a key: rtmp://host/live/<room>?key=<key>.', { status: 401 });
  const claims = verifyToken(ServiceClaims, key, { publicKeyPem, audience: EDGE_AUDIENCE });
  if (claims.scope !== 'publish') throw new CodedError('publish_key_needed', 'This key is not for publishing.', { status: 403 });
  if (app !== APP || claims.room === undefined || claims.room !== room) {
    throw new CodedError('wrong_room', 'This key is for another room.', { status: 403 });
  }
  return { owner: claims.sub, rank: claims.rank ?? 0 };
}
