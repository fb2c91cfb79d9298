import { CodedError } from '#kit/process/errors.ts';
import type { FastifyRequest } from 'fastify';
import type { PanelAccess, Principal } from '../access/panel-access.ts';
import { checkSameSite } from '../access/same-site.ts';

/**
 * Who may call a route of the panel's API, beside `public`. All three demand a known Host and no foreign Origin.
 * `guest`: anybody on the room's network (typing the PIN). `control`: the paired screen or a PIN session. `settings`: a PIN session.
 */
export function authoriser(access: PanelAccess, allowedHosts: readonly string[]): (wanted: string, request: FastifyRequest) => void {
  return (wanted, request) => {
    checkSameSite(request.headers, allowedHosts);
    if (wanted === 'guest') return;
    const principal = access.principalOf(bearerOf(request));
    if (principal === null) {
      throw new CodedError('not_signed_in', 'Type the PIN of this room, or pair this screen.', { status: 401 });
    }
    if (wanted === 'settings' && principal.kind !== 'pin') {
      throw new CodedError('pin_needed', 'Settings need the PIN, on the paired screen too.', { status: 403 });
    }
    request.principal = principal;
  };
}

/** For the audit: the paired screen, or a PIN session and where it came from. */
export function whoIs(request: FastifyRequest): string {
  const principal = request.principal as Principal | null;
  return principal?.kind === 'panel' ? 'panel' : `pin ${request.ip}`;
}

export function bearerOf(request: FastifyRequest): string {
  return /^Bearer ([\w.~+/=-]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
