interface Rendition {
  readonly id: string;
  readonly height: number;
}

/** The return picture's address for the smallest rendition: a proof need not be large, and decoding it costs the box. */
export function returnUrl(whep: string, renditions: readonly Rendition[]): string {
  const smallest = renditions.toSorted((a, b) => a.height - b.height)[0];
  const url = new URL(whep);
  if (smallest !== undefined) url.searchParams.set('layer', smallest.id);
  return url.href;
}
