import { addressKey, answerCheck, type IceCredentials, type TransportAddress } from './stun/check.ts';
import { Checker } from './stun/checker.ts';
import { STUN, type StunMessage } from './stun/message.ts';

export interface PathPorts {
  readonly send: (datagram: Buffer, to: TransportAddress) => void;
  /** From now on datagrams from this address belong to this far end; false where they belong to another. */
  readonly onProven: (address: TransportAddress) => boolean;
  /** Where datagrams go already, by this path or by the one before a restart; null before the first check. */
  readonly inUse: () => TransportAddress | null;
  readonly nowMs: () => number;
}

/** Addresses one far end may prove: its interfaces in two families, and what NATs make of them. */
const MAX_PROVEN = 8;
const MAX_CANDIDATES = 32;
const CHECK_EVERY_MS = 50;
/** RFC 7675 section 5.1: five seconds, spread; half of it here, so that four may be lost before the far end counts as silent. */
const CONSENT_EVERY_MS = 2500;
/** An answer and a challenge are longer than the check that called for them: more of them would make the port amplify. */
const CHALLENGE_EVERY_MS = 500;

/** Which address a far end is reached at (RFC 8445). Lite sides wait for checks; the controlling side makes them and chooses. */
export abstract class Path {
  protected readonly ice: IceCredentials;
  protected readonly ports: PathPorts;
  protected readonly checker: Checker;
  readonly #proven = new Set<string>();
  #selected: TransportAddress | null = null;

  constructor(ice: IceCredentials, ports: PathPorts, role: 'controlling' | 'controlled') {
    this.ice = ice;
    this.ports = ports;
    this.checker = new Checker(ice, role);
  }

  /** Where to send, or null while nothing is proven. */
  get selected(): TransportAddress | null {
    return this.#selected;
  }

  isSelected(address: TransportAddress): boolean {
    return this.#selected !== null && addressKey(this.#selected) === addressKey(address);
  }

  isProven(address: TransportAddress): boolean {
    return this.#proven.has(addressKey(address));
  }

  /** Whether this side begins checks, and so wants ticks while it connects. */
  abstract readonly begins: boolean;
  /** Takes one STUN message; true where it was proven to come from the far end. */
  abstract receive(message: StunMessage, from: TransportAddress): boolean;
  /** Call often while connecting, a few times a second later. */
  abstract tick(): void;
  addCandidates(_candidates: readonly TransportAddress[]): void {
    // a lite side never begins a check, so it has no use for them
  }

  protected prove(address: TransportAddress): boolean {
    if (this.isProven(address)) return true;
    if (this.#proven.size >= MAX_PROVEN || !this.ports.onProven(address)) return false;
    this.#proven.add(addressKey(address));
    return true;
  }

  protected select(address: TransportAddress): void {
    this.#selected = address;
  }
}

/** The server's side: answers checks, follows the far end's nomination. */
export class LitePath extends Path {
  readonly begins = false;
  #challenged: TransportAddress | null = null;
  #challengedAtMs = -Infinity;

  constructor(ice: IceCredentials, ports: PathPorts) {
    super(ice, ports, 'controlled');
  }

  receive(message: StunMessage, from: TransportAddress): boolean {
    if (message.type === STUN.bindingSuccess) return this.#onAnswer(message, from);
    const answered = answerCheck(message, from, this.ice);
    if (answered === null || !this.prove(from)) return false;
    this.ports.send(answered.reply, from);
    if (this.selected === null) this.#begin(from);
    else if (answered.nominates && !this.isSelected(from)) this.#challenge(from);
    return true;
  }

  tick(): void {
    // nothing: the far end's checks keep the path open
  }

  /** The first path of all has DTLS still before it, which nobody completes at a forged address. After a restart nothing else would ask there. */
  #begin(from: TransportAddress): void {
    const inUse = this.ports.inUse();
    if (inUse === null || addressKey(inUse) === addressKey(from)) this.select(from);
    else this.#challenge(from);
  }

  /**
   * A new path must answer a check of ours before media goes there: the address in a check can be forged by the very student
   * who holds the password, and a stream must not be turned on a third party. Its far end checks again anyway, so one at a time suffices.
   */
  #challenge(to: TransportAddress): void {
    const nowMs = this.ports.nowMs();
    if (nowMs - this.#challengedAtMs < CHALLENGE_EVERY_MS) return;
    this.#challenged = to;
    this.#challengedAtMs = nowMs;
    this.ports.send(this.checker.create(to, false, nowMs), to);
  }

  #onAnswer(message: StunMessage, from: TransportAddress): boolean {
    const sent = this.checker.answered(message, from);
    if (sent === null) return false;
    if (this.#challenged !== null && addressKey(this.#challenged) === addressKey(sent.to)) {
      this.select(from);
      this.#challenged = null;
    }
    return true;
  }
}

/** The uplink's side: checks every candidate in turn, nominates the first that answers, then asks for consent. */
export class ControllingPath extends Path {
  readonly begins = true;
  #candidates: TransportAddress[] = [];
  #turn = 0;
  #lastMs = 0;
  #roundTripMs: number | null = null;

  constructor(ice: IceCredentials, ports: PathPorts) {
    super(ice, ports, 'controlling');
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  override addCandidates(candidates: readonly TransportAddress[]): void {
    // Answers may repeat their candidates in every m-section.
    const distinct = new Map([...this.#candidates, ...candidates].map((candidate) => [addressKey(candidate), candidate]));
    this.#candidates = [...distinct.values()].slice(0, MAX_CANDIDATES);
  }

  receive(message: StunMessage, from: TransportAddress): boolean {
    if (message.type === STUN.bindingRequest) return this.#onCheck(message, from);
    const sent = this.checker.answered(message, from);
    if (sent === null || !this.prove(from)) return false;
    this.#roundTripMs = this.ports.nowMs() - sent.sentAtMs;
    if (this.selected === null) this.#nominate(from);
    return true;
  }

  tick(): void {
    const nowMs = this.ports.nowMs();
    const selected = this.selected;
    if (nowMs - this.#lastMs < (selected === null ? CHECK_EVERY_MS : CONSENT_EVERY_MS)) return;
    const to = selected ?? this.#candidates[this.#turn % Math.max(1, this.#candidates.length)];
    if (to === undefined) return;
    this.#turn += 1;
    this.#lastMs = nowMs;
    this.ports.send(this.checker.create(to, selected !== null, nowMs), to);
  }

  #nominate(address: TransportAddress): void {
    this.select(address);
    const nowMs = this.ports.nowMs();
    this.#lastMs = nowMs;
    this.ports.send(this.checker.create(address, true, nowMs), address);
  }

  /** A full agent on the far side checks too. */
  #onCheck(message: StunMessage, from: TransportAddress): boolean {
    const answered = answerCheck(message, from, this.ice);
    if (answered === null) return false;
    this.ports.send(answered.reply, from);
    return true;
  }
}
