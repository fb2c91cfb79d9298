/** Sony's VISCA over IP: a big-endian header of type (2), payload length (2) and sequence (4) in front of each packet, over UDP. */
const HEADER_BYTES = 8;
const TYPE = { command: 0x0100, inquiry: 0x0110, reply: 0x0111, control: 0x0200, controlReply: 0x0201 } as const;

export const SONY_PORT = 52_381;

export function wrap(payload: Buffer, sequence: number): Buffer {
  const inquiry = payload.length > 1 && payload.readUInt8(1) === 0x09;
  return packet(inquiry ? TYPE.inquiry : TYPE.command, payload, sequence);
}

/** Makes the camera count from the next sequence number on: `02 00 00 01 00 00 00 00 01`. */
export function resetSequence(): Buffer {
  return packet(TYPE.control, Buffer.from([0x01]), 0);
}

export type FromCamera =
  | { readonly type: 'reply'; readonly sequence: number; readonly payload: Buffer }
  /** This number was refused (`0F 01`): it was seen before, or the camera counts otherwise. */
  | { readonly type: 'sequence-error'; readonly sequence: number }
  /** An answer to the reset, or a refusal of the message's type (`0F 02`). */
  | { readonly type: 'control' }
  | { readonly type: 'other' };

/** Never throws; a datagram that is none of ours is `other`. */
export function unwrap(datagram: Buffer): FromCamera {
  if (datagram.length < HEADER_BYTES || datagram.readUInt16BE(2) !== datagram.length - HEADER_BYTES) return { type: 'other' };
  const payload = datagram.subarray(HEADER_BYTES);
  const type = datagram.readUInt16BE(0);
  if (type === TYPE.reply) return { type: 'reply', sequence: datagram.readUInt32BE(4), payload };
  if (type === TYPE.controlReply && payload.equals(Buffer.from([0x0f, 0x01]))) return { type: 'sequence-error', sequence: datagram.readUInt32BE(4) };
  return { type: type === TYPE.controlReply ? 'control' : 'other' };
}

function packet(type: number, payload: Buffer, sequence: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(payload.length, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  return Buffer.concat([header, payload]);
}
