/** A way to one camera's VISCA port. It carries bytes; it knows no commands. */
export interface CameraLink {
  send(packet: Buffer): void;
  /** Resolves when the signal aborts, rejects when the link breaks. */
  readonly ended: Promise<void>;
}

/** Opens a link; `received` gets VISCA bytes as they come, split or joined. */
export type OpenLink = (received: (bytes: Buffer) => void, signal: AbortSignal) => Promise<CameraLink>;

export function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
