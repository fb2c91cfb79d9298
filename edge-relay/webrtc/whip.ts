/** `POST /whip/:room`: a publisher's WebRTC stream into the room. */
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { principalOf, type Publisher } from '../access/principal.ts';
import type { Publication } from '../rooms/room.ts';
import type { RoomBus } from '../rooms/room-bus.ts';
import type { IceServers } from './ice-servers.ts';
import type { Endpoint } from './protocol.ts';
import { ownerOf, type Resources } from './resources.ts';
import { SOURCE_LAYER, WhipFrames } from './whip-frames.ts';

export interface WhipOptions {
  readonly webrtc: WebRtcEndpoint;
  readonly bus: RoomBus;
  /** Throws where a publisher who is new is not let in. */
  readonly admit: (room: string, owner: string) => void;
  readonly resources: Resources;
  readonly iceServers: IceServers;
  readonly log: Log;
}

/** Whose connection each room's stream comes by. */
type Presences = Map<string, { readonly owner: string; readonly peer: Peer }>;

export function whipEndpoint(options: WhipOptions): Endpoint {
  const { webrtc, bus, resources, iceServers } = options;
  const presences: Presences = new Map();
  return {
    path: '/whip', door: 'publish', resources, iceServers, webrtc,
    answer: async (request, offer) => {
      const publisher = principalOf(request, 'publisher');
      options.admit(publisher.room, publisher.owner);
      const { peer, answerSdp } = await webrtc.accept(offer, { direction: 'receive', ...replacing(presences, publisher) });
      const published = publishWhenConnected(options, publisher, peer);
      notePresence(presences, publisher, peer);
      try {
        bus.find(publisher.room)?.demandFreeFor(publisher);
      } catch (error) {
        peer.close('the room has another publisher');
        throw error;
      }
      return { resource: resources.add(publisher.room, ownerOf(publisher), peer, published.over), answerSdp };
    },
  };
}

/** A box that was killed comes back from the same address within the seconds in which its old connection still counts as alive. */
function replacing(presences: Presences, { room, owner }: Publisher): { readonly replaces?: Peer } {
  const present = presences.get(room);
  return present?.owner === owner ? { replaces: present.peer } : {};
}

/** After what publishes: a connection that is refused the room is closed by then. */
function notePresence(presences: Presences, { room, owner }: Publisher, peer: Peer): void {
  peer.on('connected', () => {
    if (peer.state === 'connected') presences.set(room, { owner, peer });
  });
  peer.on('closed', () => {
    if (presences.get(room)?.peer === peer) presences.delete(room);
  });
}

/** The room is taken over only by a connection that stands: an offer that never connects must not end a class. */
export function publishWhenConnected({ bus, admit, log }: Pick<WhipOptions, 'bus' | 'admit' | 'log'>, publisher: Omit<Publisher, 'kind'>, peer: Peer): { readonly over: () => void } {
  const { room, owner, rank } = publisher;
  const frames = new WhipFrames();
  let publication: Publication | null = null;
  peer.on('connected', () => {
    try {
      // Its key may have been revoked since it offered.
      admit(room, owner);
      publication ??= bus.room(room).publish({
        protocol: 'whip', owner, rank,
        requestKeyframe: (layer) => peer.requestKeyframe(layer === SOURCE_LAYER ? null : layer),
        dismiss: (reason) => peer.close(reason),
      });
      log.info({ room, owner }, 'WHIP publisher connected');
    } catch (error) {
      peer.close(reasonOf(error));
    }
  });
  peer.on('frame', (frame) => {
    try {
      const packet = publication === null ? null : frames.packet(frame);
      if (packet !== null) publication?.write(packet);
    } catch (error) {
      // One publisher's frame must not end everybody's classes.
      log.error({ err: error, room, owner }, 'a frame of a WHIP publisher cannot be carried');
      peer.close(reasonOf(error));
    }
  });
  peer.on('closed', (reason) => {
    publication?.end();
    log.info({ room, owner, reason }, 'WHIP publisher gone');
  });
  return { over: () => publication?.end({ classOver: true }) };
}
