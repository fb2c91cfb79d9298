/** One link of a `Link` header (RFC 8288 section 3): its address, and then its parameters up to the comma that ends it. */
const LINK = /<([^<>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))?)*)/g;
const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+)))?/g;
const ICE = /^(?:stun|turn)s?:/i;
/** A browser's `RTCIceServer`. */
export interface IceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

/** More would only make gathering slow. */
const MAX_SERVERS = 8;

/** The STUN and TURN servers that an answer names (RFC 9725 section 4.6); what else it links to, or what can't be used, is left out. */
export function iceServersIn(header: string | null): IceServer[] {
  const servers = [...(header ?? '').matchAll(LINK)].flatMap(([, url = '', parameters = '']) => serverOf(url.trim(), parametersOf(parameters)));
  return servers.slice(0, MAX_SERVERS);
}

function serverOf(url: string, { rel = '', username, credential, 'credential-type': kind = 'password' }: Record<string, string>): IceServer[] {
  if (!ICE.test(url) || !rel.toLowerCase().split(/\s+/).includes('ice-server')) return [];
  if (/^stun/i.test(url)) return [{ urls: url }];
  // Browsers throw at a TURN server without both.
  return username === undefined || credential === undefined || kind.toLowerCase() !== 'password' ? [] : [{ urls: url, username, credential }];
}

/** The first of each name counts (RFC 8288 section 3). */
function parametersOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(PARAMETER)].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? ''] as const);
  return Object.fromEntries(pairs.toReversed());
}
