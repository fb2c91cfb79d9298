/**
 * The short way of what thousands of players ask for five times a second: a media playlist, and a part of it. Same doors as the routes, same
 * answers; whoever is not let in, and whatever is asked in another way, goes on to the routes, which say what is wrong.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CodedError, codedOf, errorText } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { type PlaylistKeepers, viewerAt } from '../access/doors.ts';
import { type HlsAnswer, type HlsOptions, type HlsSource, keptFor, partQuery, sharedFor } from './hls-routes.ts';
import { laneRequest, type PartAsk, type PlaylistAsk } from './lane-request.ts';

export type LaneOptions = HlsOptions & { readonly keepers: PlaylistKeepers; readonly log: Log };

/** Answers whether it took the request. */
export type Lane = (request: IncomingMessage, response: ServerResponse) => boolean;

export function hlsLane(options: LaneOptions): Lane {
  return (request, response) => {
    const ask = request.method === 'GET' ? laneRequest(request.url ?? '') : null;
    if (ask === null || !isLetIn(options, ask)) return false;
    const source = options.hlsOf(ask.room);
    if (source === null) return false;
    void answer(options, response, { ask, source });
    return true;
  };
}

function isLetIn(options: LaneOptions, ask: PlaylistAsk | PartAsk): boolean {
  if (ask.kind === 'part') return options.parts.verify(ask.room, ask);
  const nowMs = options.now();
  try {
    const viewer = viewerAt(options.keepers, ask.token, ask.room);
    if (!options.places.hasRoomFor(viewer.account, viewer.place, nowMs)) return false;
    options.places.touch(viewer.place, viewer, nowMs);
    return true;
  } catch {
    // The route's door refuses with the very same reason, and with words.
    return false;
  }
}

async function answer(options: LaneOptions, response: ServerResponse, { ask, source }: { readonly ask: PlaylistAsk | PartAsk; readonly source: HlsSource }): Promise<void> {
  try {
    if (ask.kind === 'part') {
      const found = await source.resource(ask.name);
      send(response, found, keptFor(found));
    } else {
      const found = await source.media(ask.track, ask.directives, partQuery(options, ask.room));
      send(response, found, sharedFor(found.maxAgeSeconds));
    }
  } catch (error) {
    const coded = codedOf(error);
    if (coded.code === 'internal') options.log.error({ err: error }, 'request failed');
    refuse(response, coded);
  }
}

function send(response: ServerResponse, { body, contentType }: HlsAnswer, cacheControl: string): void {
  response.writeHead(200, [
    'content-type', contentType, 'content-length', String(body.length), 'cache-control', cacheControl, 'access-control-allow-origin', '*',
    'cross-origin-resource-policy', 'cross-origin', 'x-content-type-options', 'nosniff',
  ]);
  response.end(body);
}

function refuse(response: ServerResponse, error: CodedError): void {
  response.writeHead(error.status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' });
  response.end(JSON.stringify(errorText(error)));
}
