import type { LayoutSummary } from '#appliance/contract/layout.ts';

export type Tile = LayoutSummary['tiles'][number];

/** The tiles that nothing lies in front of: what the program shows there is that source and nothing else. */
export function uncovered(tiles: readonly Tile[]): readonly Tile[] {
  return tiles.filter((tile, at) => !tiles.slice(at + 1).some((front) => overlap(tile, front)));
}

function overlap(a: Tile, b: Tile): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
