import type { Clock } from '#kit/media/clock.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { localAddresses } from '#kit/webrtc/local-addresses.ts';
import type { Peer, Unsent, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import type { AttachOptions, PacketBus } from '../bus/packet-bus.ts';
import { NO_WAY, type Connection, type ConnectionEvents, type OpenConnection, type UplinkTarget, type WayMeasured } from './connection.ts';
import { PathWatch } from './path-watch.ts';
import { answersFromCache, WhipSink } from './whip-sink.ts';

export interface WhipParts {
  readonly webrtc: WebRtcEndpoint;
  readonly bus: PacketBus;
  /** What of the bus's cache is not sent. */
  readonly except?: AttachOptions['except'];
  /** Rendition ids, best first: they are the simulcast rids. */
  readonly rids: readonly string[];
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Constrained baseline, level 3.1: what every browser takes; the parameter sets in the stream say the rest. */
const PROFILE_LEVEL_ID = '42e01f';
const HTTP_TIMEOUT_MS = 2_500;

/** WHIP (RFC 9725) over the box's one UDP socket, or over a TCP connection. */
export function whipOpener(parts: WhipParts, transport: 'udp' | 'tcp' = 'udp'): OpenConnection {
  return (target, events) => {
    const connection = new WhipConnection({ ...parts, transport }, target, events);
    connection.start();
    return connection;
  };
}

class WhipConnection implements Connection {
  readonly #parts: WhipParts & { readonly transport: 'udp' | 'tcp' };
  readonly #target: UplinkTarget;
  readonly #events: ConnectionEvents;
  readonly #abort = new AbortController();
  #peer: Peer | null = null;
  #resource: URL | null = null;
  #sink: WhipSink | null = null;
  #path: PathWatch | null = null;
  #detach: () => void = () => undefined;
  #over = false;

  constructor(parts: WhipParts & { readonly transport: 'udp' | 'tcp' }, target: UplinkTarget, events: ConnectionEvents) {
    this.#parts = parts;
    this.#target = target;
    this.#events = events;
  }

  start(): void {
    this.#connect().catch((thrown: unknown) => this.#failed(plainReason(thrown)));
  }

  bytesSent(): number {
    return this.#peer?.state === 'connected' ? this.#peer.stats().bytesSent : 0;
  }

  framesLeftOut(): number {
    return this.#peer?.stats().framesLeftOut ?? 0;
  }

  measured(): WayMeasured {
    const peer = this.#peer;
    if (peer?.state !== 'connected') return NO_WAY;
    const { way, roundTripMs } = peer.stats();
    return {
      transport: this.#parts.transport,
      layers: this.#sink?.layers ?? [],
      estimateKbps: way === null ? null : Math.round(way.bps / 1000),
      lossPercent: way === null ? null : Math.round(way.lossShare * 1000) / 10,
      rttMs: roundTripMs === null ? null : Math.round(roundTripMs),
    };
  }

  /** A session that is deleted is over (RFC 9725 section 4.2); one whose sender only goes away may be continued. */
  async close({ classOver }: { readonly classOver: boolean }): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#detach();
    // First the word that it is over: the edge forgets a session whose sender says goodbye, and then has nothing to delete.
    if (classOver && this.#resource !== null) await this.#delete(this.#resource);
    this.#release(classOver ? 'leaves' : 'never');
  }

  async #connect(): Promise<void> {
    const { webrtc, rids, transport } = this.#parts;
    const offer = await webrtc.offer({ rids: rids.length > 1 ? rids : [], audio: true, h264ProfileLevelId: PROFILE_LEVEL_ID, transport });
    const { peer } = offer;
    this.#peer = peer;
    if (this.#over) return peer.close();
    peer.on('connected', () => this.#connected(peer));
    peer.on('closed', (reason) => this.#failed(`the connection to the edge was lost (${reason}).`));
    await offer.setAnswer(await this.#post(offer.offerSdp));
  }

  async #post(offerSdp: string): Promise<string> {
    const answer = await fetch(this.#target.whip, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#target.token}`, 'content-type': 'application/sdp' },
      body: offerSdp,
      signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(HTTP_TIMEOUT_MS)]),
    });
    const body = await answer.text();
    if (answer.status !== 201) throw new CodedError('whip_refused', `the edge refused the class (${answer.status}).`);
    const location = answer.headers.get('location');
    if (location !== null) this.#resource = new URL(location, this.#target.whip);
    return body;
  }

  #connected(peer: Peer): void {
    if (this.#over) return;
    const { bus, except, clock } = this.#parts;
    const sink = new WhipSink(peer, { rids: this.#parts.rids, nowMs: () => clock.nowMs() });
    this.#sink = sink;
    const connectedAtMs = clock.nowMs();
    let answeredAtMs = connectedAtMs;
    peer.on('keyframe-requested', (rid) => {
      if (!answersFromCache(connectedAtMs, answeredAtMs, clock.nowMs())) return;
      answeredAtMs = clock.nowMs();
      for (const layer of rid === null ? this.#parts.rids : [rid]) sink.repeat(bus.cache.video(layer));
    });
    this.#detach = bus.attach(sink, { fromCache: true, except });
    this.#path = new PathWatch({
      peer, clock,
      addresses: () => localAddresses('0.0.0.0').join(),
      restart: () => this.#restartIce(peer),
      onLost: (reason) => this.#failed(reason),
    });
    this.#events.connected();
  }

  /** RFC 9725 section 4.3.3. */
  async #restartIce(peer: Peer): Promise<void> {
    if (this.#resource === null) throw new CodedError('no_session', 'the edge gave this session no address.');
    const restart = this.#parts.webrtc.restart(peer);
    const answer = await fetch(this.#resource, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${this.#target.token}`, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
      body: restart.sdpFragment,
      signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(HTTP_TIMEOUT_MS)]),
    });
    const body = await answer.text();
    if (answer.status !== 200) throw new CodedError('no_restart', `the edge did not take a restart (${answer.status}).`);
    restart.setAnswer(body);
  }

  #failed(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#events.failed(reason);
  }

  #release(unsent: Unsent = 'leaves'): void {
    this.#detach();
    this.#path?.close();
    this.#abort.abort();
    this.#peer?.close('the class left this connection', unsent);
  }

  /** The edge would notice by itself within seconds: a failure here changes nothing. */
  async #delete(resource: URL): Promise<void> {
    await fetch(resource, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${this.#target.token}` },
      signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
    }).then(
      (answer) => answer.body?.cancel(),
      () => undefined,
    );
  }
}

function plainReason(thrown: unknown): string {
  if (thrown instanceof CodedError) return thrown.message;
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return 'the edge does not answer.';
  return `the edge cannot be reached (${reasonOf(thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown)}).`;
}
