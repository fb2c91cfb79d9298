/** DTLS 1.2 records (RFC 6347 section 4.1) as far as this side must judge them before a handshake library sees them. Pure. */
export interface DtlsRecord {
  readonly contentType: number;
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  /** Without the header. */
  readonly body: Buffer;
  readonly bytes: Buffer;
}

export const DTLS_1_2 = 0xfefd;
/** Warning, close_notify (RFC 5246 section 7.2.1). */
export const CLOSE_NOTIFY: Buffer = Buffer.from([1, 0]);
const HEADER_BYTES = 13;
const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
const HANDSHAKE = 22;

/** The whole records of a datagram; a record cut short ends the list. */
export function splitRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  for (let at = 0; at + HEADER_BYTES <= datagram.length; ) {
    const end = at + HEADER_BYTES + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    records.push({
      contentType: datagram.readUInt8(at),
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      body: datagram.subarray(at + HEADER_BYTES, end),
      bytes: datagram.subarray(at, end),
    });
    at = end;
  }
  return records;
}

export function buildRecord(contentType: number, epoch: number, sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(contentType, 0);
  header.writeUInt16BE(DTLS_1_2, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(sequence, 5, 6);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}

/**
 * Whether a record may be looked at. Alerts count only under encryption: a plain one can be forged by anybody who sees the
 * addresses. After the handshake nothing plain counts, so that a forged ClientHello can't reset a connected peer.
 */
export function isAdmissible(record: DtlsRecord, connected: boolean): boolean {
  if (record.contentType === ALERT) return record.epoch === 1;
  if (record.contentType === HANDSHAKE) return record.epoch === 1 || (record.epoch === 0 && !connected);
  return record.contentType === CHANGE_CIPHER_SPEC && !connected;
}
