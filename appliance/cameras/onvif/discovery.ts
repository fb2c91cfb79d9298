import { createSocket, type Socket } from 'node:dgram';
import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { FoundDevices, type FoundDevice } from './found-devices.ts';
import type { DiscoveryConfig } from './onvif-config.ts';
import { matchesIn, probeMessage } from './ws-discovery.ts';

/** WS-Discovery 1.0, section 2.4. */
const GROUP = '239.255.255.250';
const PORT = 3_702;
const LOOK_EVERY_MS = 60_000;
/** Asked again sooner than this, the last look is answer enough. */
const FRESH_MS = 10_000;
/** Devices answer within 500 ms of the probe (APP_MAX_DELAY), and the probe is sent twice, for it may be lost. */
const REPEAT_AFTER_MS = 250;
const LISTEN_MS = 1_200;
/** Answers that are read in one look of one network; what comes beside is noise or worse. */
const MAX_ANSWERS = 512;

/** Looks for ONVIF devices on every network of the box, again and again: a network that appears later is looked at too. */
export class Discovery {
  readonly #config: DiscoveryConfig;
  readonly #log: Log;
  readonly #found = new FoundDevices();
  #looking: Promise<void> | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(config: DiscoveryConfig, log: Log) {
    this.#config = config;
    this.#log = log;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look();
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  async devices(): Promise<FoundDevice[]> {
    if (performance.now() - this.#lookedAtMs > FRESH_MS) await this.#look();
    return this.#found.list(performance.now());
  }

  /** Whoever asks meanwhile waits for the same look. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookEverywhere().finally(() => {
      this.#looking = null;
      this.#lookedAtMs = performance.now();
    });
    return this.#looking;
  }

  async #lookEverywhere(): Promise<void> {
    const addresses = this.#config.interfaces ?? ownNetworks();
    const looks = await Promise.allSettled(addresses.map((address) => this.#lookOn(address)));
    for (const look of looks) if (look.status === 'rejected') this.#log.debug({ reason: reasonOf(look.reason) }, 'a network could not be searched for cameras');
  }

  /** A socket to each network: the system would send to one of them only. */
  async #lookOn(address: string): Promise<void> {
    const id = randomUUID();
    const socket = createSocket({ type: 'udp4' });
    const failed = Promise.withResolvers<never>();
    socket.on('error', failed.reject);
    try {
      await Promise.race([bound(socket, address), failed.promise]);
      socket.setMulticastInterface(address);
      socket.on('message', this.#reader(id));
      const probe = probeMessage(id);
      for (const waitMs of [REPEAT_AFTER_MS, LISTEN_MS - REPEAT_AFTER_MS]) {
        socket.send(probe, this.#config.port ?? PORT, GROUP);
        await Promise.race([delay(waitMs), failed.promise]);
      }
    } finally {
      // Nobody waits for it any more; a rejection that comes late is no news.
      failed.promise.catch(() => undefined);
      socket.close();
    }
  }

  #reader(id: string): (packet: Buffer, from: { address: string }) => void {
    let answers = 0;
    return (packet, { address }) => {
      answers += 1;
      if (answers > MAX_ANSWERS) return;
      try {
        for (const match of matchesIn(packet.toString('utf8'), id)) this.#found.heard(match, address, performance.now());
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        this.#log.debug({ from: address, reason: error.message }, 'an answer to a probe could not be read');
      }
    };
  }
}

function bound(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve) => socket.bind({ port: 0, address }, resolve));
}

function ownNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses?.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address) ?? []);
}
