/** The head's answers. Address 1 answers from 90 hex: (address + 8) << 4. */
const reply = (...body: number[]): Buffer => Buffer.from([0x90, ...body, 0xff]);

export const ack = (socket: number): Buffer => reply(0x40 | socket);
export const completion = (socket: number): Buffer => reply(0x50 | socket);
export const answer = (data: readonly number[]): Buffer => reply(0x50, ...data);

const ERRORS = { syntax: [0, 0x02], bufferFull: [0, 0x03], cancelled: [1, 0x04], noSocket: [1, 0x05], notExecutable: [1, 0x41] } as const;

/** `60 02` and `60 03` name no socket, the others do. */
export function error(reason: keyof typeof ERRORS, socket = 0): Buffer {
  const [names, code] = ERRORS[reason];
  return reply(0x60 | (names ? socket : 0), code);
}

/** The network change and clear that a ring's broadcasts come back as. */
export const addressSet = (cameras = 1): Buffer => Buffer.from([0x88, 0x30, cameras + 1, 0xff]);
export const interfaceCleared = (): Buffer => Buffer.from([0x88, 0x01, 0x00, 0x01, 0xff]);

/** A camera joined or left the chain. */
export const networkChange = (): Buffer => reply(0x38);

export function isAck(frame: Buffer): boolean {
  return frame.length === 3 && (frame.readUInt8(1) & 0xf0) === 0x40;
}

/** A value as nibbles, most significant first; negative values in two's complement. */
export function toNibbles(value: number, count = 4): number[] {
  return Array.from({ length: count }, (_, index) => (value >> (4 * (count - 1 - index))) & 15);
}
