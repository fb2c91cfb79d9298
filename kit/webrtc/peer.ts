import type { DtlsAssociation, DtlsEvents, Fingerprint } from './dtls/association.ts';
import { PumpCohort } from './cohort.ts';
import { MediaSession } from './media-session.ts';
import type { Path, PathPorts } from './path.ts';
import { next, type Phase, type PhaseEvent } from './peer-state.ts';
import { parseCandidates, type RemoteCandidate } from './sdp/description.ts';
import type { CountingPlaces } from './congestion/counting-places.ts';
import type { MediaPump } from './pump.ts';
import type { SrtpKeys } from './srtp/session.ts';
import type { AgreedStream } from './stream.ts';
import type { TransportAddress } from './stun/check.ts';
import type { StunMessage } from './stun/message.ts';
import type { Cohort, PacketizedFrame, Peer, PeerState, PeerStats, ReceivedFrame, Unsent } from './types.ts';

/** What the endpoint gives a peer. */
export interface PeerPorts {
  readonly send: (datagram: Buffer, to: TransportAddress) => void;
  readonly onProven: (peer: WebRtcPeer, address: TransportAddress) => boolean;
  readonly onClosed: (peer: WebRtcPeer, unsent: Unsent) => void;
  readonly createDtls: (role: 'server' | 'client', fingerprints: readonly Fingerprint[], events: DtlsEvents) => DtlsAssociation & { start(): void };
  readonly nowMs: () => number;
  readonly cname: string;
  readonly newSsrc: () => number;
  readonly pump: MediaPump | null;
  readonly places: CountingPlaces;
}

/** What was agreed with the far end by SDP. */
export interface PeerAgreement {
  readonly createPath: (ports: PathPorts) => Path;
  readonly dtlsRole: 'server' | 'client';
  readonly fingerprints: readonly Fingerprint[];
  readonly streams: readonly AgreedStream[];
  readonly candidates: readonly RemoteCandidate[];
}

interface Listeners {
  readonly connected: Set<() => void>;
  readonly closed: Set<(reason: string) => void>;
  readonly frame: Set<(frame: ReceivedFrame) => void>;
  readonly 'keyframe-requested': Set<(rid: string | null) => void>;
  readonly 'way-changed': Set<() => void>;
}

/** While a path is being looked for, ms; afterwards the endpoint's slow tick suffices. */
const CONNECT_TICK_MS = 25;

/** One far end: path, DTLS and media, each made only when the one before is proven. */
export class WebRtcPeer implements Peer {
  readonly id: string;
  readonly #ports: PeerPorts;
  readonly #listeners: Listeners = { connected: new Set(), closed: new Set(), frame: new Set(), 'keyframe-requested': new Set(), 'way-changed': new Set() };
  #phase: Phase;
  #agreement: PeerAgreement | null = null;
  #path: Path | null = null;
  /** After a restart, until it is proven. */
  #nextPath: Path | null = null;
  #dtls: DtlsAssociation | null = null;
  #media: MediaSession | null = null;
  #timer: NodeJS.Timeout | null = null;
  #unsent: Unsent = 'leaves';
  /** As of the end; nothing before media flows. */
  #finalStats: PeerStats = { bytesSent: 0, bytesReceived: 0, packetsSent: 0, packetsReceived: 0, packetsLost: 0, retransmitted: 0, framesLeftOut: 0, roundTripMs: null, way: null };

  constructor(id: string, ports: PeerPorts) {
    this.id = id;
    this.#ports = ports;
    this.#phase = { name: 'waiting', sinceMs: ports.nowMs() };
  }

  get state(): PeerState {
    const { name } = this.#phase;
    return name === 'connected' || name === 'closed' ? name : 'connecting';
  }

  /** Wall time of the last authentic datagram, 0 unless connected. */
  get heardAtMs(): number {
    return this.#phase.name === 'connected' ? this.#phase.heardAtMs : 0;
  }

  /** Begins, once both descriptions are known. */
  begin(agreement: PeerAgreement): void {
    if (this.#phase.name === 'closed' || this.#agreement !== null) return;
    this.#agreement = agreement;
    this.#path = this.#create(agreement.createPath, agreement.candidates);
    if (this.#path.begins) this.#tickOften();
  }

  /** Looks for another path with new credentials; media keeps to the old one until the new one is proven (RFC 8445 section 2.4). */
  restart(createPath: PeerAgreement['createPath'], candidates: PeerAgreement['candidates']): void {
    if (this.#phase.name === 'closed' || this.#agreement === null) return;
    this.#nextPath = this.#create(createPath, candidates.length > 0 ? candidates : this.#agreement.candidates);
    if (this.#nextPath.begins) this.#tickOften();
  }

  /** Those of the protocol that media goes by. */
  sameWay(candidates: readonly RemoteCandidate[]): RemoteCandidate[] {
    const protocol = this.#path?.selected?.protocol;
    return candidates.filter((candidate) => candidate.protocol === protocol);
  }

  /** Whether datagrams go to this address. */
  uses(address: TransportAddress): boolean {
    return this.#path?.isSelected(address) === true;
  }

  on(event: 'connected', listener: () => void): () => void;
  on(event: 'closed', listener: (reason: string) => void): () => void;
  on(event: 'frame', listener: (frame: ReceivedFrame) => void): () => void;
  on(event: 'keyframe-requested', listener: (rid: string | null) => void): () => void;
  on(event: 'way-changed', listener: () => void): () => void;
  on(event: keyof Listeners, listener: (value: never) => void): () => void {
    const listeners = this.#listeners[event] as Set<(value: never) => void>;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  send(frame: PacketizedFrame, rid: string | null = null): void {
    this.#media?.send(frame, rid);
  }

  join(cohort: Cohort, onLeft: () => void): boolean {
    return cohort instanceof PumpCohort && this.#media?.join(cohort, onLeft) === true;
  }

  leave(kind: Cohort['kind']): void {
    this.#media?.leave(kind);
  }

  forget(rid: string | null): void {
    this.#media?.forget(rid);
  }

  get way(): PeerStats['way'] {
    return this.#media?.way ?? null;
  }

  probe(bps: number, rid: string | null): boolean {
    return this.#media?.probe(bps, rid) ?? false;
  }

  watchWay(isWatched: boolean): void {
    this.#media?.watch(isWatched);
  }

  requestKeyframe(rid: string | null): void {
    this.#media?.requestKeyframe(rid);
  }

  addRemoteCandidates(sdpFragment: string): void {
    this.#path?.addCandidates(parseCandidates(sdpFragment));
  }

  stats(): PeerStats {
    return this.#media?.stats() ?? this.#finalStats;
  }

  close(reason = 'closed by this side', unsent: Unsent = 'leaves'): void {
    this.#unsent = unsent;
    this.#apply({ type: 'ended', reason });
  }

  receiveStun(message: StunMessage, from: TransportAddress): void {
    if (this.#nextPath?.receive(message, from) !== true && this.#path?.receive(message, from) !== true) return;
    if (this.#nextPath !== null && this.#nextPath.selected !== null) this.#moveOn();
    this.#heardFrom(from);
    this.#media?.moved();
    if (this.#path !== null && this.#path.selected !== null) this.#onPath();
  }

  receiveDtls(datagram: Buffer, from: TransportAddress): void {
    // Proven is enough: a browser may begin its handshake over a pair of addresses that it has not nominated yet.
    if (this.#path?.isProven(from) === true) this.#dtls?.receive(datagram);
  }

  receiveMedia(datagram: Buffer, from: TransportAddress, rtcp: boolean): void {
    const authentic = rtcp ? this.#media?.receiveRtcp(datagram) : this.#media?.receiveRtp(datagram);
    if (authentic !== true) return;
    // It has the keys, so it needs no part of the handshake again.
    this.#dtls?.settle();
    this.#heardFrom(from);
  }

  /** A few times a second, from the endpoint. */
  tick(): void {
    this.#path?.tick();
    this.#nextPath?.tick();
    this.#media?.tick();
    this.#apply({ type: 'time-passed', atMs: this.#ports.nowMs() });
  }

  /** What comes from elsewhere tells nothing of whether anybody still takes what is sent (RFC 7675). */
  #heardFrom(address: TransportAddress): void {
    if (this.uses(address)) this.#apply({ type: 'heard', atMs: this.#ports.nowMs() });
  }

  #apply(event: PhaseEvent): void {
    const before = this.#phase;
    this.#phase = next(before, event);
    if (this.#phase === before || this.#phase.name === before.name) return;
    if (this.#phase.name === 'closed') this.#release(this.#phase.reason);
    if (this.#phase.name === 'connected') for (const listener of [...this.#listeners.connected]) listener();
  }

  #create(createPath: PeerAgreement['createPath'], candidates: PeerAgreement['candidates']): Path {
    const path = createPath({
      send: this.#ports.send,
      nowMs: this.#ports.nowMs,
      onProven: (address) => this.#ports.onProven(this, address),
      inUse: () => this.#path?.selected ?? null,
    });
    path.addCandidates(candidates);
    return path;
  }

  #tickOften(): void {
    this.#timer ??= setInterval(() => (this.#nextPath ?? this.#path)?.tick(), CONNECT_TICK_MS).unref();
    (this.#nextPath ?? this.#path)?.tick();
  }

  #moveOn(): void {
    this.#path = this.#nextPath;
    this.#nextPath = null;
    if (this.#phase.name === 'connected') this.#stopTimer();
  }

  /** DTLS state exists only from the first valid check on. */
  #onPath(): void {
    const agreement = this.#agreement;
    if (this.#dtls !== null || agreement === null || this.#phase.name !== 'waiting') return;
    this.#apply({ type: 'path-proven', atMs: this.#ports.nowMs() });
    const dtls = this.#ports.createDtls(agreement.dtlsRole, agreement.fingerprints, {
      send: (datagram) => this.#sendSelected(datagram),
      onConnected: (keys) => this.#onKeys(keys, agreement.streams),
      onClosed: (reason) => this.close(reason),
    });
    this.#dtls = dtls;
    dtls.start();
  }

  #onKeys(keys: SrtpKeys, streams: readonly AgreedStream[]): void {
    this.#media = new MediaSession(streams, keys, {
      send: (datagram) => this.#sendSelected(datagram),
      onFrame: (frame) => this.#emitFrame(frame),
      onKeyframeRequested: (rid) => this.#emitKeyframeRequest(rid),
      onWayChanged: () => this.#emitWay(),
      nowMs: this.#ports.nowMs,
      cname: this.#ports.cname,
      newSsrc: this.#ports.newSsrc,
      pump: this.#ports.pump,
      places: this.#ports.places,
      destination: () => this.#path?.selected ?? null,
    });
    this.#media.start();
    this.#stopTimer();
    this.#apply({ type: 'keys-agreed', atMs: this.#ports.nowMs() });
  }

  #emitFrame(frame: ReceivedFrame): void {
    for (const listener of this.#listeners.frame) listener(frame);
  }

  #emitKeyframeRequest(rid: string | null): void {
    for (const listener of this.#listeners['keyframe-requested']) listener(rid);
  }

  #emitWay(): void {
    for (const listener of this.#listeners['way-changed']) listener();
  }

  #sendSelected(datagram: Buffer): void {
    const to = this.#path?.selected;
    if (to !== null && to !== undefined) this.#ports.send(datagram, to);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** In reverse order of making. */
  #release(reason: string): void {
    this.#stopTimer();
    this.#finalStats = this.stats();
    this.#media?.close();
    this.#dtls?.close();
    this.#media = null;
    this.#dtls = null;
    this.#path = null;
    this.#nextPath = null;
    this.#ports.onClosed(this, this.#unsent);
    for (const listener of [...this.#listeners.closed]) listener(reason);
    const sets: readonly Set<unknown>[] = Object.values(this.#listeners);
    for (const set of sets) set.clear();
  }
}
