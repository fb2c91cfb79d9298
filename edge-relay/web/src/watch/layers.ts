/** A rendition that the room really has. */
export interface Layer {
  readonly id: string;
  readonly height: number;
}

/** Reads the renditions off a multivariant playlist (RFC 8216 section 4.3.4.2): the folder of each address is the layer's name. Largest first. */
export function layersOf(playlist: string): Layer[] {
  const lines = playlist.split(/\r?\n/);
  const layers = lines.flatMap((line, index) => {
    const height = /^#EXT-X-STREAM-INF:.*RESOLUTION=\d+x(\d+)/.exec(line)?.[1];
    const id = layerIn(lines[index + 1] ?? '');
    return height === undefined || id === null ? [] : [{ id, height: Number(height) }];
  });
  return layers.sort((a, b) => b.height - a.height);
}

/** `…/hls/room-301/720p/index.m3u8?token=…` → `720p` */
export function layerIn(address: string): string | null {
  return /([\w-]+)\/index\.m3u8(?:\?|$)/.exec(address)?.[1] ?? null;
}
