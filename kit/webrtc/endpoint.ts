import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { systemClock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import { PumpCohort } from './cohort.ts';
import { CountingPlaces } from './congestion/counting-places.ts';
import { createDtlsCertificate, type DtlsCertificate } from './dtls/certificate.ts';
import { useNativeX25519 } from './dtls/native-x25519.ts';
import { WeriftDtls } from './dtls/werift-dtls.ts';
import { kindOf } from './demultiplex.ts';
import { localAddresses } from './local-addresses.ts';
import { ControllingPath, LitePath } from './path.ts';
import { WebRtcPeer, type PeerPorts } from './peer.ts';
import type { MediaPump } from './pump.ts';
import { readAnswer } from './sdp/answer.ts';
import { parseDescription, parseRestart, type RemoteCandidate, type RemoteDescription } from './sdp/description.ts';
import { agreedStreams, negotiate } from './sdp/negotiate.ts';
import { offeredStreams } from './sdp/offer.ts';
import { transportSection, type TransportSection, writeAnswer, writeFragment, writeOffer, type LocalCandidate, type LocalTransport } from './sdp/write.ts';
import { addressedUfrag, addressKey, type IceCredentials, type TransportAddress } from './stun/check.ts';
import { parseStun, STUN } from './stun/message.ts';
import { TcpLinks } from './tcp-links.ts';
import type { AcceptOptions, Cohort, OfferOptions, Peer, WebRtcEndpoint, WebRtcOptions, Unsent } from './types.ts';
import { bindUdp, type UdpSocket } from './udp-socket.ts';

const DEFAULT_MAX_PEERS = 2000;
/** Of all places, for far ends that send: a class without a publisher is none, while a viewer has other ways. */
const KEPT_SHARE = 0.05;
/** Where a description does not say: our own offers begin with it. */
const FIRST_SECTION: TransportSection = { type: 'video', mid: '0' };
/** Far ends whose packets are counted at a time, of those who are sent to by a pump. */
const DEFAULT_MAX_COUNTED = 200;
const DEFAULT_PROFILE_LEVEL_ID = '42e01f';
const TICK_MS = 250;
/** Silence after which an address may pass to another far end, as NATs hand out ports again. Browsers check every two seconds. */
const CLAIM_AFTER_MS = 6000;

/** Binds the socket and makes the certificate; everything else happens when somebody offers or answers. */
export async function openWebRtc(options: WebRtcOptions): Promise<WebRtcEndpoint> {
  useNativeX25519();
  const certificate = await createDtlsCertificate();
  const endpoint = new Endpoint(options, certificate);
  await endpoint.bind();
  return endpoint;
}

class Endpoint implements WebRtcEndpoint {
  readonly #options: WebRtcOptions;
  /** One for all: wall time for reports, and intervals that do not jump when somebody sets the machine's clock. */
  readonly #clock = systemClock();
  readonly #certificate: DtlsCertificate;
  readonly #byUfrag = new Map<string, WebRtcPeer>();
  readonly #byAddress = new Map<string, WebRtcPeer>();
  /** Each peer's own user fragments: of its path, and of a restart's. */
  readonly #ufrags = new Map<WebRtcPeer, string[]>();
  /** Which m-line carries each accepted peer's transport. */
  readonly #sections = new Map<Peer, TransportSection>();
  /** Peers that send checks of their own: only they may be answered from an address that is not theirs yet. */
  readonly #offering = new Set<WebRtcPeer>();
  /** Whose address a peer may take over though it was heard just now. */
  readonly #replaced = new Map<WebRtcPeer, Peer>();
  readonly #tcp: TcpLinks;
  readonly #places: CountingPlaces;
  readonly #cname = randomUUID();
  #socket: UdpSocket | null = null;
  #pump: MediaPump | null = null;
  #timer: NodeJS.Timeout | null = null;
  #dropped = 0;

  constructor(options: WebRtcOptions, certificate: DtlsCertificate) {
    this.#options = options;
    this.#certificate = certificate;
    this.#places = new CountingPlaces(options.maxCounted ?? DEFAULT_MAX_COUNTED);
    this.#tcp = new TcpLinks({ onDatagram: (datagram, from) => this.#onDatagram(datagram, from), onClosed: (address) => this.#onLinkClosed(address) });
  }

  get tcpPort(): number {
    return this.#tcp.port;
  }

  get port(): number {
    return this.#socket?.port ?? 0;
  }

  /** Datagrams that belonged to nobody or could not be read. */
  get dropped(): number {
    return this.#dropped;
  }

  async bind(): Promise<void> {
    const { host, port, iceTcp, pump, bind = bindUdp } = this.#options;
    this.#pump = pump?.({ host, port, nowMs: () => this.#clock.nowMs(), send: (datagram, to) => this.#send(datagram, to, false) }) ?? null;
    const events = {
      onDatagram: (datagram: Buffer, from: TransportAddress) => this.#onDatagram(datagram, from),
      onFailed: (error: Error) => this.#closePeers(`the UDP socket failed: ${error.message}`),
    };
    this.#socket = await bind(host, port, events, this.#pump?.fd ?? null);
    if (iceTcp !== undefined) await this.#tcp.listen(host, iceTcp.port);
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  async accept(offerSdp: string, options: AcceptOptions): Promise<{ peer: Peer; answerSdp: string }> {
    const offer = demandDtlsClient(parseDescription(offerSdp));
    const h264ProfileLevelId = options.h264ProfileLevelId ?? DEFAULT_PROFILE_LEVEL_ID;
    const lines = negotiate(offer, { direction: options.direction, h264ProfileLevelId, newSsrc });
    const transport = this.#transport({ iceLite: true, setup: 'passive' });
    const peer = this.#createPeer(transport.iceUfrag, false, options);
    this.#sections.set(peer, transportSection(lines) ?? FIRST_SECTION);
    if (options.replaces !== undefined) this.#replaced.set(peer, options.replaces);
    const ice = credentials(transport, offer);
    peer.begin({
      createPath: (ports) => new LitePath(ice, ports),
      dtlsRole: 'server',
      fingerprints: offer.fingerprints,
      streams: agreedStreams(lines),
      candidates: [],
    });
    return { peer, answerSdp: writeAnswer(lines, transport) };
  }

  async offer(options: OfferOptions): Promise<{ peer: Peer; offerSdp: string; setAnswer(answerSdp: string): Promise<void> }> {
    const streams = offeredStreams(options, newSsrc);
    const transport = this.#transport({ iceLite: false, setup: 'actpass' });
    const peer = this.#createPeer(transport.iceUfrag, true, { direction: 'receive' });
    this.#offering.add(peer);
    const setAnswer = async (answerSdp: string): Promise<void> => {
      const answer = readAnswer(answerSdp, streams);
      const ice = credentials(transport, answer.description);
      peer.begin({
        createPath: (ports) => new ControllingPath(ice, ports),
        dtlsRole: answer.description.setup === 'active' ? 'server' : 'client',
        fingerprints: answer.description.fingerprints,
        streams: answer.streams,
        candidates: reachedBy(options.transport, answer.description.candidates),
      });
    };
    return { peer, offerSdp: writeOffer(streams, options.h264ProfileLevelId, transport), setAnswer };
  }

  acceptRestart(peer: Peer, sdpFragment: string): string {
    const remote = parseRestart(sdpFragment);
    const { own, transport } = this.#beginRestart(peer, true);
    own.restart((ports) => new LitePath(credentials(transport, remote), ports), []);
    return writeFragment(transport, this.#sections.get(peer) ?? FIRST_SECTION);
  }

  restart(peer: Peer): { readonly sdpFragment: string; setAnswer(sdpFragment: string): void } {
    const { own, transport } = this.#beginRestart(peer, false);
    const setAnswer = (answer: string): void => {
      const remote = parseRestart(answer);
      // Where media goes by TCP it keeps to TCP, and to UDP where it goes by UDP.
      own.restart((ports) => new ControllingPath(credentials(transport, remote), ports), own.sameWay(remote.candidates));
    };
    return { sdpFragment: writeFragment({ ...transport, candidates: [] }, FIRST_SECTION), setAnswer };
  }

  openCohort(kind: Cohort['kind']): Cohort | null {
    return this.#pump === null ? null : new PumpCohort(kind, this.#pump, () => this.#clock.nowMs());
  }

  peers(): readonly Peer[] {
    return [...this.#ufrags.keys()];
  }

  hasPlaceFor(direction: AcceptOptions['direction']): boolean {
    const places = this.#options.maxPeers ?? DEFAULT_MAX_PEERS;
    const kept = direction === 'receive' ? 0 : Math.min(Math.ceil(places * KEPT_SHARE), places - 1);
    const replacing = [...this.#replaced.values()].filter((replaced) => this.#isHere(replaced)).length;
    return this.#ufrags.size - replacing < places - kept;
  }

  #isHere(peer: Peer): boolean {
    return this.#ufrags.has(peer as WebRtcPeer);
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#closePeers('this side is shutting down');
    const socket = this.#socket;
    this.#socket = null;
    await this.#tcp.close();
    this.#pump?.close();
    this.#pump = null;
    await socket?.close();
  }

  #onDatagram(datagram: Buffer, from: TransportAddress): void {
    const kind = kindOf(datagram);
    if (kind === 'stun') return this.#onStun(datagram, from);
    const peer = kind === 'unknown' ? undefined : this.#byAddress.get(addressKey(from));
    if (peer === undefined) this.#dropped += 1;
    else if (kind === 'dtls') peer.receiveDtls(datagram, from);
    else peer.receiveMedia(datagram, from, kind === 'rtcp');
  }

  /** Requests name our ufrag; answers come from an address that we checked, and name the transaction that only we know. */
  #onStun(datagram: Buffer, from: TransportAddress): void {
    const message = parseStun(datagram);
    if (message === null) {
      this.#dropped += 1;
    } else if (message.type === STUN.bindingRequest) {
      const ufrag = addressedUfrag(message);
      const peer = ufrag === null ? undefined : this.#byUfrag.get(ufrag);
      if (peer === undefined) this.#dropped += 1;
      else peer.receiveStun(message, from);
    } else if (message.type === STUN.bindingSuccess) {
      const known = this.#byAddress.get(addressKey(from));
      for (const peer of known === undefined ? this.#offering : [known]) peer.receiveStun(message, from);
    }
  }

  #createPeer(iceUfrag: string, offers: boolean, { direction, replaces }: Pick<AcceptOptions, 'direction' | 'replaces'>): WebRtcPeer {
    if (this.#socket === null) throw new CodedError('closed', 'This endpoint is shutting down. Try again in a moment.', { status: 503 });
    const takesItsPlace = replaces !== undefined && this.#isHere(replaces);
    if (!takesItsPlace && !this.hasPlaceFor(direction)) {
      throw new CodedError('too_many_peers', 'This server has as many connections as it can carry. Try again later.', { status: 503 });
    }
    const peer = new WebRtcPeer(randomUUID(), this.#peerPorts(offers));
    this.#byUfrag.set(iceUfrag, peer);
    this.#ufrags.set(peer, [iceUfrag]);
    return peer;
  }

  /** The old user fragment counts until the next restart: checks of the old path may still be on their way. */
  #beginRestart(peer: Peer, iceLite: boolean): { readonly own: WebRtcPeer; readonly transport: LocalTransport } {
    const own = [...this.#ufrags.keys()].find((known) => known === peer);
    if (own === undefined) throw new CodedError('closed', 'This connection is over. Begin a new one.', { status: 404 });
    const transport = this.#transport({ iceLite, setup: 'passive' });
    const [present, ...older] = (this.#ufrags.get(own) ?? []).toReversed();
    for (const ufrag of older) this.#byUfrag.delete(ufrag);
    this.#ufrags.set(own, present === undefined ? [transport.iceUfrag] : [present, transport.iceUfrag]);
    this.#byUfrag.set(transport.iceUfrag, own);
    return { own, transport };
  }

  /** Dead for the peer that used it; its far end comes again by itself. */
  #onLinkClosed(address: TransportAddress): void {
    const peer = this.#byAddress.get(addressKey(address));
    if (peer === undefined) return;
    this.#byAddress.delete(addressKey(address));
    if (peer.uses(address)) peer.close('the TCP connection was closed');
  }

  #send(datagram: Buffer, to: TransportAddress, dials: boolean): void {
    if (to.protocol === 'tcp') this.#tcp.send(datagram, to, dials);
    else this.#socket?.send(datagram, to);
  }

  #peerPorts(offers: boolean): PeerPorts {
    return {
      send: (datagram, to) => this.#send(datagram, to, offers),
      onProven: (peer, address) => this.#claim(peer, address),
      onClosed: (peer, unsent) => this.#forget(peer, unsent),
      createDtls: (role, remoteFingerprints, events) => new WeriftDtls({ role, certificate: this.#certificate, remoteFingerprints, events }),
      nowMs: () => this.#clock.nowMs(),
      cname: this.#cname,
      newSsrc,
      pump: this.#pump,
      places: this.#places,
    };
  }

  /** An address that another far end speaks from just now can't be taken over: checks prove a password, not where they come from. */
  #claim(peer: WebRtcPeer, address: TransportAddress): boolean {
    const owner = this.#byAddress.get(addressKey(address));
    const isFree = owner === undefined || owner === peer || owner === this.#replaced.get(peer);
    if (!isFree && this.#clock.nowMs() - owner.heardAtMs < CLAIM_AFTER_MS) return false;
    this.#byAddress.set(addressKey(address), peer);
    this.#tcp.prove(address);
    return true;
  }

  #forget(peer: WebRtcPeer, unsent: Unsent): void {
    for (const ufrag of this.#ufrags.get(peer) ?? []) this.#byUfrag.delete(ufrag);
    this.#ufrags.delete(peer);
    this.#sections.delete(peer);
    this.#offering.delete(peer);
    this.#replaced.delete(peer);
    for (const [key, owner] of this.#byAddress) {
      if (owner !== peer) continue;
      this.#byAddress.delete(key);
      this.#tcp.drop(key, unsent);
    }
  }

  #transport(kind: Pick<LocalTransport, 'iceLite' | 'setup'>): LocalTransport {
    return {
      ...kind,
      sessionId: String(randomInt(2 ** 47)),
      iceUfrag: randomBytes(6).toString('hex'),
      icePassword: randomBytes(18).toString('hex'),
      fingerprint: this.#certificate.fingerprint,
      candidates: this.#candidates(),
      cname: this.#cname,
    };
  }

  #candidates(): LocalCandidate[] {
    const { advertised, host, iceTcp } = this.#options;
    const named = advertised.length > 0 ? advertised : localAddresses(host).map((address) => ({ address, port: undefined }));
    const udp = named.map(({ address, port }) => ({ address, port: port ?? this.port }));
    if (iceTcp === undefined) return udp;
    return [...udp, ...udp.map(({ address }) => ({ address, port: iceTcp.advertisedPort ?? this.tcpPort, protocol: 'tcp' as const }))];
  }

  #tick(): void {
    for (const peer of [...this.#ufrags.keys()]) peer.tick();
  }

  #closePeers(reason: string): void {
    for (const peer of [...this.#ufrags.keys()]) peer.close(reason);
  }
}

/**
 * RFC 8842 section 5.2 has offers be actpass. This side never begins a handshake with an address that one datagram has named: what it sent, and sent
 * again, could be for somebody else. As the server it answers a hello without its cookie with less than that hello (RFC 6347 section 4.2.1).
 */
function demandDtlsClient(offer: RemoteDescription): RemoteDescription {
  if (offer.setup !== 'passive') return offer;
  throw new CodedError('bad_sdp', 'The offer wants this server to begin the DTLS handshake. Offer a=setup:actpass.', { status: 400 });
}

function credentials(local: LocalTransport, remote: { iceUfrag: string; icePassword: string }): IceCredentials {
  return { localUfrag: local.iceUfrag, localPassword: local.icePassword, remoteUfrag: remote.iceUfrag, remotePassword: remote.icePassword };
}

/** The candidates of one protocol; by TCP only where the far end listens for it. */
function reachedBy(transport: OfferOptions['transport'], candidates: readonly RemoteCandidate[]): RemoteCandidate[] {
  const found = candidates.filter(({ protocol }) => (protocol ?? 'udp') === (transport ?? 'udp'));
  if (transport !== 'tcp' || found.length > 0) return found;
  throw new CodedError('no_tcp', 'The far end takes no connections for media.', { status: 406 });
}

/** Never 0, which some stacks take for "none". */
function newSsrc(): number {
  return randomInt(1, 2 ** 32);
}
