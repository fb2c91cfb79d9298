import { CodedError, codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import type { FromAgent, ToAgent } from '../contract/agent.ts';
import type { BoxTokens, RoomConfig } from '../contract/enrolment.ts';
import { createBoxKey, expiryOf } from './box-key.ts';
import type { BoxClient } from './campus-client.ts';
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
/** Renewed with half their life left, so that an hour's token is never younger than needed in an outage. */
const UPLOAD_LEFT_MS = 30 * 60_000;
const CERTIFICATE_LEFT_MS = 10 * 86_400_000;

/** Being in the fleet: configuration, tokens and health over mutual TLS, until the certificate changes or campus ends it. */
export class Membership {
  readonly #deps: MembershipDeps;
  #latest: Omit<ToAgent, 'type'> | null = null;
  #hurry = new AbortController();
  #etag: string | null = null;
  #uploadExpiresAtMs = 0;
  #room = '';

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
  }

  stateChanged(latest: Omit<ToAgent, 'type'>, tellNow: boolean): void {
    this.#latest = latest;
    if (tellNow) this.#hurry.abort();
  }

  close(): void {
    this.#deps.client.close();
  }

  /** Resolves with what happened to the membership. @throws CodedError `box_revoked` */
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
        const event = await this.#certificate(signal);
        if (event) return event;
        await this.#config(signal);
        await this.#renewTokens(signal);
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

  async #report(latest: Omit<ToAgent, 'type'>, signal: AbortSignal): Promise<void> {
    const { client, version, reachable } = this.#deps;
    await client.report({ at: new Date().toISOString(), version, ...latest }, signal);
    reachable(true);
  }

  async #config(signal: AbortSignal): Promise<void> {
    const answer = await this.#deps.client.config(this.#etag, signal);
    if (!answer) return;
    this.#etag = answer.etag;
    if (answer.config.room !== this.#room) this.#uploadExpiresAtMs = 0;
    this.#room = answer.config.room;
    // Told first: a failing disk may take long to say no, and the room goes on without it.
    this.#deps.say({ type: 'config', config: answer.config });
    await this.#deps.room.write(answer.config);
  }

  async #renewTokens(signal: AbortSignal): Promise<void> {
    if (this.#uploadExpiresAtMs - Date.now() > UPLOAD_LEFT_MS) return;
    const tokens = await this.#deps.client.tokens(signal);
    this.#uploadExpiresAtMs = Date.parse(tokens.uploadExpiresAt);
    this.#deps.say({ type: 'tokens', tokens });
    await this.#deps.tokens.write(tokens);
  }

  /** A new key with every new certificate, well before the old one ends. */
  async #certificate(signal: AbortSignal): Promise<EnrolmentEvent | null> {
    const { client, identity, serial } = this.#deps;
    const leftMs = expiryOf(identity.member.certificate) - Date.now();
    if (leftMs <= 0) return { type: 'certificate-expired' };
    if (leftMs > CERTIFICATE_LEFT_MS) return null;
    const key = await createBoxKey(serial);
    return { type: 'renewed', key, ...(await client.renew(key.csrPem, signal)) };
  }

  async #trouble(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (error instanceof CodedError && error.code === 'box_revoked') throw error;
    this.#deps.reachable(codeOf(error) !== 'unreachable');
    const waitMs = backoffMs(failures, FIRST_WAIT_MS, LONGEST_WAIT_MS);
    this.#deps.log.warn({ failures, waitMs }, `campus: ${reasonOf(error)}`);
    await sleep(waitMs, signal);
  }
}
