/** Where requests for media are answered: the same doors as the routes have, the same packager behind them. */
import { type PlaylistKeepers, viewerAt } from '../../access/doors.ts';
import type { Asker, Leave } from '../../hls/asker.ts';
import { type HlsAnswer, type HlsOptions, layerOf, partQuery } from '../hls-routes.ts';
import type { Ask } from './ask.ts';

export type DeskOptions = HlsOptions & { readonly keepers: PlaylistKeepers };

/** Null where the routes are to say why there is nothing. */
export type Desk = (ask: Ask, asker: Asker<HlsAnswer>) => Leave | null;

const ANSWERED: Leave = () => undefined;

export function mediaDesk(options: DeskOptions): Desk {
  return (ask, asker) => {
    if (!isLetIn(options, ask)) return null;
    const source = options.hlsOf(ask.room);
    if (source === null) return null;
    try {
      return ask.kind === 'part' ? source.resource(ask.name, asker) : source.media(ask.track, ask.directives, partQuery(options, ask.room), asker);
    } catch (error) {
      asker.refuse(error);
      return ANSWERED;
    }
  };
}

function isLetIn(options: DeskOptions, ask: Ask): boolean {
  if (ask.kind === 'part') return options.parts.verify(ask.room, ask);
  const nowMs = options.now();
  try {
    const viewer = viewerAt(options.keepers, ask.token, ask.room);
    if (!options.places.hasRoomFor(viewer.account, viewer.place, nowMs)) return false;
    options.places.touch(viewer.place, viewer, nowMs, { layer: layerOf(ask.track) });
    return true;
  } catch {
    // The route's door refuses with the very same reason, and with words.
    return false;
  }
}
