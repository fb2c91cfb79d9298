/** A way to one camera's VISCA port. It carries bytes; it knows no commands. */
export interface CameraLink {
  /** `number` tells packets apart; a repetition keeps the first one's. */
  send(packet: Buffer, number: number): void;
  /** Whether the camera can tell a repetition by its number, and answers with it. */
  readonly numbered: boolean;
  /** The camera counts otherwise: both begin anew. */
  resetNumbers(): void;
  /** Resolves when the signal aborts, rejects when the link breaks. */
  readonly ended: Promise<void>;
}

export interface Receiver {
  /** VISCA bytes as they come, split or joined; with the number of the packet they answer, whole frames. */
  received(bytes: Buffer, number: number | null): void;
  numberRefused(number: number): void;
}

export type OpenLink = (receiver: Receiver, signal: AbortSignal) => Promise<CameraLink>;

/** What all links that only carry bytes have in common. */
export function plainLink(send: (packet: Buffer) => void, ended: Promise<void>): CameraLink {
  return { send, ended, numbered: false, resetNumbers: () => undefined };
}

export function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
