/** Why the edge does not give a playlist, in its own code, and how long it asks to be left alone. */
export interface HlsRefusal {
  readonly code: string;
  readonly retryAfterMs: number | null;
}

/** Off the answer to a request that failed; null where it says nothing, as when the network is away. */
export function refusalOf(answer: unknown): HlsRefusal | null {
  const { code, details } = errorIn(textOf(answer)) ?? {};
  if (typeof code !== 'string') return null;
  const retryAfterMs = Number(details?.retryAfterMs);
  return { code, retryAfterMs: retryAfterMs > 0 ? retryAfterMs : null };
}

interface Told {
  readonly code?: unknown;
  readonly details?: { readonly retryAfterMs?: unknown };
}

/** An XMLHttpRequest's text; one that was to be bytes has none, and throws when it is asked. */
function textOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !('responseType' in answer) || !('responseText' in answer)) return '';
  return (answer.responseType === '' || answer.responseType === 'text') && typeof answer.responseText === 'string' ? answer.responseText : '';
}

function errorIn(text: string): Told | null {
  try {
    return (JSON.parse(text) as { error?: Told | null } | null)?.error ?? null;
  } catch {
    return null;
  }
}
