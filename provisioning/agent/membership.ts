import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import type { FromAgent, ToAgent } from '../contract/agent.ts';
import type { BoxTokens, RoomConfig } from '../contract/enrolment.ts';
import { createBoxKey, expiryOf } from './box-key.ts';
import { saidByCampus, type BoxClient } from './campus-client.ts';
import type { EnrolmentEvent, Identity } from './enrolment.ts';
import type { LateFile } from './late-file.ts';

export interface MembershipDeps {
  readonly client: BoxClient;
  readonly identity: Identity & { kind: 'member' };
  readonly room: LateFile<typeof RoomConfig>;
  readonly tokens: LateFile<typeof BoxTokens>;
  readonly version: string;
  readonly serial: string;
  readonly say: (message: FromAgent) => void;
  readonly reachable: (yes: boolean) => void;
  /** Tries again to write what the disk refused. */
  readonly catchUp: () => Promise<void>;
  readonly log: Log;
}

const CONFIG_MS = 10_000;
const HEALTH_MS = 5_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
/** Half the life of an upload token, so that an outage finds one that is good for a while. Counted from its arrival: campus's clock may not be ours. */
const TOKENS_RENEWED_AFTER_MS = 30 * 60_000;
const CERTIFICATE_LEFT_MS = 10 * 86_400_000;
/** The appliance speaks every second. One that hangs has not: what it said last is then no news of the room. */
const SILENT_MS = 5_000;
/** Campus says that this membership is over. */
const ENDED: readonly string[] = ['box_revoked', 'unknown_box'];

/** What the appliance said, and when by the monotonic clock. */
export type Heard = Omit<ToAgent, 'type'> & { readonly heardAtMs: number };

/** Being in the fleet: configuration, tokens and health over mutual TLS, until the certificate changes or campus ends it. */
export class Membership {
  readonly #deps: MembershipDeps;
  #latest: Heard | null = null;
  #hurry = new AbortController();
  #etag: string | null = null;
  /** When the tokens came, by both clocks: one may be set, the other stands still while the box sleeps. */
  #tokensCame: { readonly wallMs: number; readonly monotonicMs: number } | null = null;
  #room = '';

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
  }

  stateChanged(latest: Heard, tellNow: boolean): void {
    this.#latest = latest;
    if (tellNow) this.#hurry.abort();
  }

  close(): void {
    this.#deps.client.close();
  }

  /** Resolves with what happened to the membership. @throws CodedError `box_revoked`, `unknown_box` */
  async run(signal: AbortSignal): Promise<EnrolmentEvent | null> {
    const stop = new AbortController();
    const scope = AbortSignal.any([signal, stop.signal]);
    try {
      return await Promise.race([this.#followConfig(scope), this.#reportHealth(scope)]);
    } finally {
      stop.abort();
    }
  }

  async #followConfig(signal: AbortSignal): Promise<EnrolmentEvent | null> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#deps.catchUp();
        if (this.#certificateLeftMs() <= 0) return { type: 'certificate-expired' };
        await this.#config(signal);
        await this.#renewTokens(signal);
        // Last: there are days left for it, and whatever keeps campus from it must not keep the room from its timetable and tokens.
        const renewed = await this.#renewCertificate(signal);
        if (renewed) return renewed;
        failures = 0;
        this.#deps.reachable(true);
        await sleep(CONFIG_MS, signal);
      } catch (error) {
        await this.#trouble(error, ++failures, signal);
      }
    }
    return null;
  }

  async #reportHealth(signal: AbortSignal): Promise<null> {
    for (let failures = 0; !signal.aborted; ) {
      this.#hurry = new AbortController();
      try {
        if (this.#latest) await this.#report(this.#latest, signal);
        failures = 0;
        await sleep(this.#latest ? HEALTH_MS : FIRST_WAIT_MS, AbortSignal.any([signal, this.#hurry.signal]));
      } catch (error) {
        await this.#trouble(error, ++failures, signal);
      }
    }
    return null;
  }

  async #report({ state, machine, heardAtMs }: Heard, signal: AbortSignal): Promise<void> {
    if (performance.now() - heardAtMs > SILENT_MS) return;
    const { client, version, reachable } = this.#deps;
    await client.report({ at: new Date().toISOString(), version, state, machine }, signal);
    reachable(true);
  }

  async #config(signal: AbortSignal): Promise<void> {
    const answer = await this.#deps.client.config(this.#etag, signal);
    if (!answer) return;
    this.#etag = answer.etag;
    if (answer.config.room !== this.#room) this.#tokensCame = null;
    this.#room = answer.config.room;
    // Told first: a failing disk may take long to say no, and the room goes on without it.
    this.#deps.say({ type: 'config', config: answer.config });
    await this.#deps.room.write(answer.config);
  }

  async #renewTokens(signal: AbortSignal): Promise<void> {
    if (this.#tokensCame !== null && isYoung(this.#tokensCame)) return;
    const tokens = await this.#deps.client.tokens(signal);
    this.#tokensCame = { wallMs: Date.now(), monotonicMs: performance.now() };
    this.#deps.say({ type: 'tokens', tokens });
    await this.#deps.tokens.write(tokens);
  }

  /** A new key with every new certificate, well before the old one ends. */
  async #renewCertificate(signal: AbortSignal): Promise<EnrolmentEvent | null> {
    const { client, serial } = this.#deps;
    if (this.#certificateLeftMs() > CERTIFICATE_LEFT_MS) return null;
    const key = await createBoxKey(serial);
    return { type: 'renewed', key, ...(await client.renew(key.csrPem, signal)) };
  }

  #certificateLeftMs(): number {
    return expiryOf(this.#deps.identity.member.certificate) - Date.now();
  }

  async #trouble(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (error instanceof CodedError && ENDED.includes(error.code)) throw error;
    this.#deps.reachable(saidByCampus(error));
    const waitMs = backoffMs(failures, FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.#deps.log.warn({ failures, waitMs }, `campus: ${reasonOf(error)}`);
    await sleep(waitMs, signal);
  }
}

function isYoung({ wallMs, monotonicMs }: { readonly wallMs: number; readonly monotonicMs: number }): boolean {
  return Date.now() - wallMs < TOKENS_RENEWED_AFTER_MS && performance.now() - monotonicMs < TOKENS_RENEWED_AFTER_MS;
}
