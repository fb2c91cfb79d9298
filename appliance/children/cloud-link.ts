import { FromUploader, type ToUploader } from '#cloud-sync/contract/uploader.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { FromAgent, type ToAgent } from '#provisioning/contract/agent.ts';
import type { BoxTokens, RoomConfig } from '#provisioning/contract/enrolment.ts';
import type { CloudState, EnrolmentState } from '../contract/state.ts';
import { AGENT_MAIN, UPLOADER_MAIN } from './child-config.ts';
import { IpcChild } from './ipc-child.ts';

export interface CloudLinkOptions {
  /** Configuration files; null leaves the child out. */
  readonly uploaderConfig: string | null;
  readonly agentConfig: string | null;
  /** What was known before this start, so that a box without campus keeps its room. */
  readonly memory: CloudMemory;
  readonly targetChanged: () => void;
  readonly log: Log;
}

export interface CloudMemory {
  room(): RoomConfig | null;
  setRoom(room: RoomConfig): void;
  tokens(): BoxTokens | null;
  setTokens(tokens: BoxTokens): void;
}

const CHANGED_EVERY_MS = 1_000;
const UNKNOWN_CLOUD: CloudState = { state: 'idle', pendingBytes: 0, remainingSeconds: null, problem: '', recordings: [] };
const UNCLAIMED: EnrolmentState = { phase: 'unclaimed', claimCode: null, claimUrl: null, campusReachable: false };

/** What the box knows through its two cloud children: its room, its tokens, how its recordings fare. */
export class CloudLink {
  readonly #options: CloudLinkOptions;
  readonly #uploader: IpcChild<typeof FromUploader>;
  readonly #agent: IpcChild<typeof FromAgent>;
  #cloud: CloudState = UNKNOWN_CLOUD;
  #enrolment: EnrolmentState;
  #room: RoomConfig | null;
  #tokens: BoxTokens | null;
  #toldChangedAtMs = Number.NEGATIVE_INFINITY;
  /** Bytes a second, null for no limit. */
  #uploadShare: number | null = null;

  constructor(options: CloudLinkOptions) {
    this.#options = options;
    this.#room = options.memory.room();
    this.#tokens = options.memory.tokens();
    this.#enrolment = this.#room === null ? UNCLAIMED : { ...UNCLAIMED, phase: 'claimed' };
    const { log } = options;
    this.#uploader = new IpcChild({
      name: 'uploader', main: UPLOADER_MAIN, configFile: options.uploaderConfig ?? '', says: FromUploader, log,
      heard: ({ type: _type, ...cloud }) => {
        this.#cloud = cloud;
      },
      started: () => {
        this.#tellUploadShare();
        this.#tellCredentials();
      },
    });
    this.#agent = new IpcChild({
      name: 'agent', main: AGENT_MAIN, configFile: options.agentConfig ?? '', says: FromAgent, log,
      heard: (message) => this.#heardAgent(message),
      started: () => undefined,
    });
  }

  get cloud(): CloudState {
    return this.#cloud;
  }

  get enrolment(): EnrolmentState {
    return this.#enrolment;
  }

  get room(): RoomConfig | null {
    return this.#room;
  }

  get tokens(): BoxTokens | null {
    return this.#tokens;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { uploaderConfig, agentConfig, log } = this.#options;
    const options = { signal, log };
    await Promise.all([
      uploaderConfig === null ? undefined : supervise('uploader', (scope) => this.#runUploader(scope), options),
      agentConfig === null ? undefined : supervise('agent', (scope) => this.#runAgent(scope), options),
    ]);
  }

  /** Bytes were released in the recordings folder; said at most once a second. */
  recordingsChanged(nowMs: number): void {
    if (nowMs - this.#toldChangedAtMs < CHANGED_EVERY_MS) return;
    this.#toldChangedAtMs = nowMs;
    this.#uploader.send({ type: 'changed' } satisfies ToUploader);
  }

  /** Asks the uploader to delete the oldest recordings that are safe in the library, until so much is free. */
  makeRoom(bytes: number): void {
    this.#uploader.send({ type: 'make-room', bytes } satisfies ToUploader);
  }

  /** Uploading takes so many bytes a second of the line at most, null for all of it. */
  shareLine(bytesPerSecond: number | null): void {
    if (bytesPerSecond === this.#uploadShare) return;
    this.#uploadShare = bytesPerSecond;
    this.#tellUploadShare();
  }

  report(state: ToAgent['state'], machine: ToAgent['machine']): void {
    this.#agent.send({ type: 'state', state, machine } satisfies ToAgent);
  }

  /** What it said last is no news once it has ended: one that never comes up again must not leave "verified" standing. */
  async #runUploader(signal: AbortSignal): Promise<void> {
    await this.#uploader.run(signal).finally(() => {
      this.#cloud = { ...this.#cloud, state: 'failing', problem: '' };
    });
  }

  async #runAgent(signal: AbortSignal): Promise<void> {
    await this.#agent.run(signal).finally(() => {
      this.#enrolment = { ...this.#enrolment, campusReachable: false };
    });
  }

  #heardAgent(message: FromAgent): void {
    switch (message.type) {
      case 'enrolment': {
        const { type: _type, ...enrolment } = message;
        this.#enrolment = enrolment;
        break;
      }
      case 'config':
        this.#room = message.config;
        this.#options.memory.setRoom(message.config);
        this.#tellCredentials();
        this.#options.targetChanged();
        break;
      case 'tokens':
        this.#tokens = message.tokens;
        this.#options.memory.setTokens(message.tokens);
        this.#tellCredentials();
        this.#options.targetChanged();
    }
  }

  #tellUploadShare(): void {
    this.#uploader.send({ type: 'give-way', bytesPerSecond: this.#uploadShare } satisfies ToUploader);
  }

  #tellCredentials(): void {
    if (this.#room === null || this.#tokens === null) return;
    const { uploadsUrl, libraryUrl } = this.#room;
    const { upload: token, uploadExpiresAt: expiresAt } = this.#tokens;
    this.#uploader.send({ type: 'credentials', uploadsUrl, libraryUrl, token, expiresAt } satisfies ToUploader);
  }
}
