/** Sony's VISCA over IP, the camera's side: type (2), payload length (2) and sequence (4), big-endian, in front of each packet. */
const HEADER_BYTES = 8;
const TYPE = { command: 0x0100, inquiry: 0x0110, reply: 0x0111, setting: 0x0120, control: 0x0200, controlReply: 0x0201 } as const;

export type Datagram =
  | { readonly type: 'visca'; readonly sequence: number; readonly payload: Buffer }
  | { readonly type: 'reset-sequence'; readonly sequence: number }
  | { readonly type: 'wrong-type'; readonly sequence: number }
  /** Too short, or its length is a lie: a camera stays silent. */
  | { readonly type: 'nonsense' };

export function unwrap(datagram: Buffer): Datagram {
  if (datagram.length < HEADER_BYTES || datagram.readUInt16BE(2) !== datagram.length - HEADER_BYTES) return { type: 'nonsense' };
  const sequence = datagram.readUInt32BE(4);
  const payload = datagram.subarray(HEADER_BYTES);
  const type = datagram.readUInt16BE(0);
  if (type === TYPE.command || type === TYPE.inquiry || type === TYPE.setting) return { type: 'visca', sequence, payload };
  if (type === TYPE.control && payload.length === 1 && payload[0] === 0x01) return { type: 'reset-sequence', sequence };
  return { type: 'wrong-type', sequence };
}

export const reply = (sequence: number, payload: Buffer): Buffer => wrap(TYPE.reply, sequence, payload);
export const sequenceReset = (sequence: number): Buffer => wrap(TYPE.controlReply, sequence, Buffer.from([0x01]));
/** This sequence number was seen before: the command has already run, or the count must be reset. */
export const sequenceError = (sequence: number): Buffer => wrap(TYPE.controlReply, sequence, Buffer.from([0x0f, 0x01]));
export const typeError = (sequence: number): Buffer => wrap(TYPE.controlReply, sequence, Buffer.from([0x0f, 0x02]));

function wrap(type: number, sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(payload.length, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  return Buffer.concat([header, payload]);
}
