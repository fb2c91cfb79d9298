import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import type { AgentConfig, FromAgent, ToAgent } from '../contract/agent.ts';
import { BoxTokens, RoomConfig } from '../contract/enrolment.ts';
import { createBoxKey, expiryOf } from './box-key.ts';
import { BoxClient, openEnrolment, pollEnrolment, saidByCampus } from './campus-client.ts';
import { Identity, next, type EnrolmentEvent } from './enrolment.ts';
import { LateFile } from './late-file.ts';
import { Membership, type Heard } from './membership.ts';

export interface AgentDeps {
  readonly config: AgentConfig;
  readonly version: string;
  readonly say: (message: FromAgent) => void;
  readonly log: Log;
}

const POLL_MS = 5_000;
const LONGEST_WAIT_MS = 30_000;

/** The box's side of provisioning: gets in, stays in, and tells the appliance which room this is. Any instant is a good one to be killed. */
export class Agent {
  readonly #deps: AgentDeps;
  readonly #identity: LateFile<typeof Identity>;
  readonly #room: LateFile<typeof RoomConfig>;
  readonly #tokens: LateFile<typeof BoxTokens>;
  #membership: Membership | null = null;
  #report: Heard | null = null;
  #said = '';

  constructor(deps: AgentDeps) {
    const { config, log } = deps;
    this.#deps = deps;
    this.#identity = new LateFile(config.identityDir, 'identity.json', Identity, log);
    this.#room = new LateFile(config.identityDir, 'room.json', RoomConfig, log);
    this.#tokens = new LateFile(config.identityDir, 'tokens.json', BoxTokens, log);
  }

  /** The appliance's state, every second; a change of phase is reported at once. */
  heard({ state, machine }: ToAgent): void {
    const changed = this.#report !== null && this.#report.state.lesson.phase !== state.lesson.phase;
    this.#report = { state, machine, heardAtMs: performance.now() };
    this.#membership?.stateChanged(this.#report, changed);
  }

  async run(signal: AbortSignal): Promise<void> {
    let identity = await this.#load();
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#catchUp();
        const event = await this.#step(identity, signal);
        failures = 0;
        if (event) identity = await this.#advance(identity, event);
        // Where campus takes back at once what it has just opened, the next try is no better for coming soon.
        if (event === null || event.type === 'lapsed') await sleep(POLL_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#reachable(identity, saidByCampus(error));
        const waitMs = backoffMs(++failures, POLL_MS, LONGEST_WAIT_MS);
        this.#deps.log.warn({ waitMs, step: identity.kind }, `enrolment step failed: ${reasonOf(error)}`);
        await sleep(waitMs, signal);
      }
    }
  }

  /** One step from where the box is; null when there is nothing new. */
  async #step(identity: Identity, signal: AbortSignal): Promise<EnrolmentEvent | null> {
    const { config } = this.#deps;
    switch (identity.kind) {
      case 'opening':
        return this.#orRevoked(async () => {
          const ask = { csr: identity.key.csrPem, serial: config.serial, model: config.model };
          return { type: 'opened', ticket: await openEnrolment(config.campusUrl, ask, signal) };
        });
      case 'waiting':
        return this.#orRevoked(async () => {
          const status = await pollEnrolment(config.campusUrl, identity.ticket, signal);
          this.#reachable(identity, true);
          if (status.state === 'waiting') return null;
          const { box, certificate, authority, boxUrl } = status;
          if (expiryOf(certificate) <= Date.now()) throw clockAhead();
          return { type: 'claimed', member: { box, certificate, authority, boxUrl } };
        });
      case 'member':
        return this.#beMember(identity, signal);
    }
  }

  async #beMember(identity: Identity & { kind: 'member' }, signal: AbortSignal): Promise<EnrolmentEvent | null> {
    if (expiryOf(identity.member.certificate) <= Date.now()) return { type: 'certificate-expired' };
    const { say, version, config, log } = this.#deps;
    const membership = new Membership({
      client: new BoxClient(identity), identity, room: this.#room, tokens: this.#tokens, version, serial: config.serial, log, say,
      reachable: (yes) => this.#reachable(identity, yes), catchUp: () => this.#catchUp(),
    });
    this.#membership = membership;
    if (this.#report) membership.stateChanged(this.#report, false);
    try {
      return await this.#orRevoked(() => membership.run(signal));
    } finally {
      this.#membership = null;
      membership.close();
    }
  }

  /** Campus says that this identity is over: a new key, and from the start. */
  async #orRevoked(step: () => Promise<EnrolmentEvent | null>): Promise<EnrolmentEvent | null> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code === 'unknown_box') return { type: 'forgotten' };
      if (error.code === 'box_revoked') return { type: 'revoked', key: await createBoxKey(this.#deps.config.serial) };
      if (['enrolment_expired', 'unknown_enrolment', 'bad_poll_token'].includes(error.code)) return { type: 'lapsed' };
      throw error;
    }
  }

  async #advance(identity: Identity, event: EnrolmentEvent): Promise<Identity> {
    const advanced = next(identity, event);
    // The room first: killed in between, the box asks once more whether it is revoked rather than keep a room that is no longer its own.
    if (event.type === 'revoked') await Promise.all([this.#room.remove(), this.#tokens.remove()]);
    await this.#identity.write(advanced);
    this.#deps.log.info({ event: event.type, now: advanced.kind }, 'enrolment');
    this.#reachable(advanced, true);
    return advanced;
  }

  async #load(): Promise<Identity> {
    const identity = (await this.#identity.read()) ?? (await this.#newIdentity());
    this.#reachable(identity, false);
    const [room, tokens] = await Promise.all([this.#room.read(), this.#tokens.read()]);
    if (identity.kind === 'waiting' || !room) return identity;
    this.#deps.say({ type: 'config', config: room });
    if (tokens && Date.parse(tokens.publishExpiresAt) > Date.now()) this.#deps.say({ type: 'tokens', tokens });
    return identity;
  }

  /** One that is there and can't be read today may be good tomorrow: only a disk that takes the new one now has it replaced. */
  async #newIdentity(): Promise<Identity> {
    const identity: Identity = { kind: 'opening', key: await createBoxKey(this.#deps.config.serial) };
    if (await this.#identity.isAbsent()) await this.#identity.write(identity);
    else await this.#identity.writeNow(identity);
    return identity;
  }

  /** What the disk refused before. */
  async #catchUp(): Promise<void> {
    await Promise.all([this.#identity.catchUp(), this.#room.catchUp(), this.#tokens.catchUp()]);
  }

  #reachable(identity: Identity, campusReachable: boolean): void {
    const ticket = identity.kind === 'waiting' ? identity.ticket : null;
    const message: FromAgent = {
      type: 'enrolment',
      phase: identity.kind === 'member' ? 'claimed' : 'unclaimed',
      claimCode: ticket?.claimCode ?? null,
      claimUrl: ticket?.claimUrl ?? null,
      campusReachable,
    };
    const text = JSON.stringify(message);
    if (text === this.#said) return;
    this.#said = text;
    this.#deps.say(message);
  }
}

/** Campus gives out nothing that has ended. Asking again at once would go on until somebody sets the clock. */
function clockAhead(): CodedError {
  return new CodedError('clock_ahead', "By this box's clock the certificate from campus has ended already. Set the clock.");
}
