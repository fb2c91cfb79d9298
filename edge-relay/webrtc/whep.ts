/** `POST /whep/:room`: a room's stream to a viewer. */
import { CodedError } from '#kit/process/errors.ts';
import type { WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { fieldOf } from '../access/request.ts';
import type { Places } from '../access/places.ts';
import { tooManyViewers } from '../access/playback.ts';
import { type Monitor, principalOf, type Viewer } from '../access/principal.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomBus } from '../rooms/room-bus.ts';
import type { FanOut } from './fan-out.ts';
import type { IceServers } from './ice-servers.ts';
import type { Endpoint } from './protocol.ts';
import { ownerOf, type Resources } from './resources.ts';

export interface WhepOptions {
  readonly webrtc: WebRtcEndpoint;
  readonly bus: RoomBus;
  readonly fanOutOf: (room: Room) => FanOut;
  readonly resources: Resources;
  readonly places: Places;
  /** Resolves when it is the viewer's turn, rejects where they are not let in this way; `gone` ends the wait. */
  readonly admit: (viewer: Viewer, gone: AbortSignal) => Promise<void>;
  readonly iceServers: IceServers;
  readonly now: () => number;
}

/** A publisher that has gone is waited for as long as viewers of it are. */
const RETURNING_MS = 30_000;

export function whepEndpoint(options: WhepOptions): Endpoint {
  const { webrtc, resources, iceServers } = options;
  return {
    path: '/whep', door: 'watch', resources, iceServers, webrtc,
    answer: async (request, offer, gone) => {
      const watcher = principalOf(request, 'viewer', 'monitor');
      const room = demandLive(options.bus, watcher.room);
      if (watcher.kind === 'viewer') await options.admit(watcher, gone);
      demandPlace(options, watcher);
      const layer = fieldOf(request.query, 'layer');
      const profile = (room.layers().find(({ id }) => id === layer) ?? room.layers()[0])?.profileLevelId;
      const { peer, answerSdp } = await webrtc.accept(offer, { direction: 'send', ...(profile === undefined ? {} : { h264ProfileLevelId: profile }) });
      const resource = resources.add(watcher.room, ownerOf(watcher), peer);
      const seat = options.fanOutOf(room).add(peer, { account: watcher.kind === 'viewer' ? watcher.account : null, layer });
      if (watcher.kind === 'viewer') peer.on('closed', options.places.sit(resource.id, { account: watcher.account, room: watcher.room, session: watcher.place, seat }));
      return { resource, answerSdp };
    },
  };
}

/** The room's own look at what students see takes nobody's place. */
function demandPlace({ places, now }: WhepOptions, watcher: Viewer | Monitor): void {
  if (watcher.kind === 'viewer' && !places.hasRoomFor(watcher.account, null, now())) throw tooManyViewers();
}

function demandLive(bus: RoomBus, name: string): Room {
  const room = bus.find(name);
  const idleMs = room === null ? Infinity : room.idleMs();
  if (room !== null && !room.classOver && (idleMs === null || idleMs < RETURNING_MS)) return room;
  throw new CodedError('not_live', 'Nothing is being sent from this room right now. Try again when the class begins.', {
    status: 409, details: { retryAfterMs: 2_000 },
  });
}
