import type { DeviceMatch } from './ws-discovery.ts';

export interface FoundDevice {
  readonly endpoint: string;
  readonly url: string;
  readonly name: string;
  readonly model: string;
  readonly scopes: readonly string[];
}

interface Kept extends FoundDevice {
  readonly heardAtMs: number;
}

/** More cameras than a building's network shows at once; beyond it the one heard longest ago goes. */
const MAX_DEVICES = 256;
/** A device that missed this many looks is gone. */
const FORGET_AFTER_MS = 5 * 60_000;

/** Devices by their endpoint: one that answers on two networks, or twice, is one. */
export class FoundDevices {
  readonly #devices = new Map<string, Kept>();

  /** `from` is the address that the answer came from: of several, the one that leads there is the right one. */
  heard({ endpoint, urls, name, model, scopes }: DeviceMatch, from: string, nowMs: number): void {
    const url = urls.find((one) => new URL(one).hostname === from) ?? urls[0];
    if (url === undefined) return;
    this.#devices.delete(endpoint);
    this.#devices.set(endpoint, { endpoint, url, name, model, scopes, heardAtMs: nowMs });
    const [oldest] = this.#devices.keys();
    if (this.#devices.size > MAX_DEVICES && oldest !== undefined) this.#devices.delete(oldest);
  }

  list(nowMs: number): FoundDevice[] {
    for (const [endpoint, { heardAtMs }] of this.#devices) if (nowMs - heardAtMs > FORGET_AFTER_MS) this.#devices.delete(endpoint);
    return [...this.#devices.values()].map(({ heardAtMs: _, ...device }) => device).sort((a, b) => a.url.localeCompare(b.url));
  }
}
