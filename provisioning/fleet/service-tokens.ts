import { LIBRARY_AUDIENCE, type LibraryClaims } from '#cloud-sync/contract/library.ts';
import { EDGE_AUDIENCE, type ServiceClaims } from '#edge-relay/contract/access.ts';
import { signToken } from '#kit/process/tokens.ts';
import type { BoxTokens } from '../contract/enrolment.ts';
import { instant } from './clock.ts';

/** Long enough that a class outlives an outage of campus. */
export const PUBLISH_SECONDS = 12 * 3_600;
const UPLOAD_SECONDS = 3_600;
const ADMIN_SECONDS = 60;
/** Above a guest's encoder, whose key says nothing of it. */
const BOX_RANK = 1;

export interface BoxPlace {
  readonly box: string;
  readonly room: string;
  /** Where the same machine stood before: it may still hold recordings of theirs. */
  readonly earlierRooms: readonly string[];
}

/** What a box may do at the edge and in the library, and for how long. */
export function boxTokens({ box, room, earlierRooms }: BoxPlace, privateKeyPem: string, nowMs: number): BoxTokens {
  const now = Math.floor(nowMs / 1000);
  const publish: ServiceClaims = { iss: 'campus', aud: EDGE_AUDIENCE, sub: box, scope: 'publish', room, rank: BOX_RANK, exp: now + PUBLISH_SECONDS };
  const watch: ServiceClaims = { iss: 'campus', aud: EDGE_AUDIENCE, sub: box, scope: 'watch', room, exp: publish.exp };
  const upload: LibraryClaims = { iss: 'campus', aud: LIBRARY_AUDIENCE, sub: box, scope: 'upload', room, earlierRooms: [...earlierRooms], exp: now + UPLOAD_SECONDS };
  return {
    publish: signToken(publish, privateKeyPem),
    publishExpiresAt: instant(publish.exp * 1000),
    watch: signToken(watch, privateKeyPem),
    upload: signToken(upload, privateKeyPem),
    uploadExpiresAt: instant(upload.exp * 1000),
  };
}

/** Campus's own right at the edge, made for one request. */
export function edgeAdminToken(privateKeyPem: string, nowMs: number): string {
  const claims: ServiceClaims = { iss: 'campus', aud: EDGE_AUDIENCE, sub: 'campus', scope: 'admin', exp: Math.floor(nowMs / 1000) + ADMIN_SECONDS };
  return signToken(claims, privateKeyPem);
}
