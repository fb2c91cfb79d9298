import { CodedError } from '#kit/process/errors.ts';
import { isIP } from 'node:net';

/**
 * The panel lives on the room's network without a public name, so a web page anywhere could aim a browser at it. A name that was
 * not configured is refused (DNS rebinding needs one; a bare address can't be rebound), and so is a page from another origin.
 */
export function checkSameSite(headers: { host?: string | undefined; origin?: string | undefined }, allowedHosts: readonly string[]): void {
  const host = hostNameOf(headers.host);
  if (host === null || !(isAllowed(host) || allowedHosts.some((allowed) => hostNameOf(allowed) === host))) {
    throw new CodedError('foreign_host', 'This box does not answer to that name. Use its address, or add the name to allowedHosts.', { status: 403 });
  }
  if (headers.origin === undefined) return;
  if (!isOwnOrigin(headers.origin, headers.host)) {
    throw new CodedError('foreign_origin', 'Only pages served by this box may use its API.', { status: 403 });
  }
}

function isAllowed(host: string): boolean {
  return host === 'localhost' || isIP(host) !== 0;
}

function hostNameOf(host: string | undefined): string | null {
  if (host === undefined || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** Same host and port; the scheme may differ where HTTPS ends in front of the box. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === new URL(`${new URL(origin).protocol}//${host}`).host;
}
