import { ALERT, buildRecord, CLOSE_NOTIFY, DTLS_1_2, type DtlsRecord } from './records.ts';

interface RecordHeader {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  readonly sequenceNumber: number;
}

/** Of one connection's keys, as its own side. */
export interface AlertCipher {
  encrypt(body: Buffer, header: RecordHeader): Buffer;
  /** @throws Error where it is forged */
  decrypt(body: Buffer, header: RecordHeader): Buffer;
}

const WARNING_CLOSE = 0;

/** What a DTLS connection still needs when its handshake is over: alerts, both ways (RFC 5246 section 7.2). */
export class DtlsAlerts {
  readonly #cipher: AlertCipher;
  #sequence: number;

  /** @param sequence the number of the last record that was sent in epoch 1 */
  constructor(cipher: AlertCipher, sequence: number) {
    this.#cipher = cipher;
    this.#sequence = sequence;
  }

  /** What the far end says with it, null where it is no alert. @throws Error where it is forged: the first two bytes mean nothing before it is opened */
  read(record: DtlsRecord): string | null {
    const alert = this.#cipher.decrypt(record.body, { type: ALERT, version: DTLS_1_2, epoch: record.epoch, sequenceNumber: record.sequence });
    if (alert.length !== 2) return null;
    const description = alert.readUInt8(1);
    return description === WARNING_CLOSE ? 'the far end closed the connection' : `the far end refused the connection (DTLS alert ${description})`;
  }

  closeNotify(): Buffer {
    this.#sequence += 1;
    const header = { type: ALERT, version: DTLS_1_2, epoch: 1, sequenceNumber: this.#sequence };
    return buildRecord(ALERT, 1, this.#sequence, this.#cipher.encrypt(CLOSE_NOTIFY, header));
  }
}
