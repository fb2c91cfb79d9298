/** `POST /whip/:room`: a publisher's WebRTC stream into the room. */
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { principalOf } from '../access/principal.ts';
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

export function whipEndpoint(options: WhipOptions): Endpoint {
  const { webrtc, bus, resources, iceServers } = options;
  return {
    path: '/whip', door: 'publish', resources, iceServers, webrtc,
    answer: async (request, offer) => {
      const publisher = principalOf(request, 'publisher');
      options.admit(publisher.room, publisher.owner);
      const { peer, answerSdp } = await webrtc.accept(offer, { direction: 'receive' });
      const published = publishWhenConnected(options, publisher.room, publisher.owner, peer);
      try {
        demandFree(bus, publisher.room, publisher.owner);
      } catch (error) {
        peer.close('the room has another publisher');
        throw error;
      }
      return { resource: resources.add(publisher.room, ownerOf(publisher), peer, published.over), answerSdp };
    },
  };
}

/** The room is taken over only by a connection that stands: an offer that never connects must not end a class. */
function publishWhenConnected({ bus, log }: WhipOptions, room: string, owner: string, peer: Peer): { readonly over: () => void } {
  const frames = new WhipFrames();
  let publication: Publication | null = null;
  peer.on('connected', () => {
    try {
      publication ??= bus.room(room).publish({
        protocol: 'whip', owner,
        requestKeyframe: (layer) => peer.requestKeyframe(layer === SOURCE_LAYER ? null : layer),
        dismiss: (reason) => peer.close(reason),
      });
      log.info({ room, owner }, 'WHIP publisher connected');
    } catch (error) {
      peer.close(reasonOf(error));
    }
  });
  peer.on('frame', (frame) => {
    const packet = publication === null ? null : frames.packet(frame);
    if (packet !== null) publication?.write(packet);
  });
  peer.on('closed', (reason) => {
    publication?.end();
    log.info({ room, owner, reason }, 'WHIP publisher gone');
  });
  return { over: () => publication?.end({ classOver: true }) };
}

function demandFree(bus: RoomBus, room: string, owner: string): void {
  const taken = bus.find(room)?.owner ?? null;
  if (taken !== null && taken !== owner) {
    throw new CodedError('already_publishing', 'Somebody else is publishing to this room. Stop that encoder first.', { status: 409 });
  }
}
