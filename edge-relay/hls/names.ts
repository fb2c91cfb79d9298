/** The track that is no layer. */
export const AUDIO = 'audio';

/** Names of what a track serves, relative to its own playlist. */
export type ResourceName =
  | { readonly kind: 'init'; readonly index: number }
  | { readonly kind: 'segment'; readonly msn: number }
  | { readonly kind: 'part'; readonly msn: number; readonly part: number };

const INIT = /^init-(\d{1,9})\.mp4$/;
const SEGMENT = /^segment-(\d{1,15})\.m4s$/;
const PART = /^part-(\d{1,15})\.(\d{1,6})\.m4s$/;

export function formatName(name: ResourceName): string {
  if (name.kind === 'init') return `init-${name.index}.mp4`;
  return name.kind === 'segment' ? `segment-${name.msn}.m4s` : `part-${name.msn}.${name.part}.m4s`;
}

export function parseName(text: string): ResourceName | null {
  // Most often asked for first.
  const part = PART.exec(text);
  if (part !== null) return { kind: 'part', msn: Number(part[1]), part: Number(part[2]) };
  const segment = SEGMENT.exec(text);
  if (segment !== null) return { kind: 'segment', msn: Number(segment[1]) };
  const init = INIT.exec(text);
  return init === null ? null : { kind: 'init', index: Number(init[1]) };
}

/** `uri` with a query behind it, where there is one. */
export function withQuery(uri: string, query: string): string {
  return query === '' ? uri : `${uri}?${query}`;
}
