/**
 * What opens the panel's API to this page: the pairing token of the room's own screen, kept on the device, or a PIN session's
 * token, kept for this tab until it expires.
 */
export interface Credentials {
  readonly paired: string | null;
  readonly session: PinSession | null;
}

export interface PinSession {
  readonly token: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** The token to show now; null means: ask for the PIN. Only the box knows when a session is over: this device's clock may be hours off. */
export function tokenOf({ paired, session }: Credentials): string | null {
  return paired ?? session?.token ?? null;
}

/** The box refused this token: whichever it was is of no use any more. */
export function withoutToken(credentials: Credentials, refused: string): Credentials {
  return {
    paired: credentials.paired === refused ? null : credentials.paired,
    session: credentials.session?.token === refused ? null : credentials.session,
  };
}

/** `#pair=<token>` of a pairing link; a fragment is never sent to a server or written to its log. */
export function pairingOf(fragment: string): string | null {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('pair') || null;
}

export function readSession(text: string | null): PinSession | null {
  if (text === null) return null;
  try {
    const { token, expiresAt } = (JSON.parse(text) ?? {}) as Partial<PinSession>;
    return typeof token === 'string' && typeof expiresAt === 'string' ? { token, expiresAt } : null;
  } catch {
    // Written by something else: the PIN is asked for again.
    return null;
  }
}
