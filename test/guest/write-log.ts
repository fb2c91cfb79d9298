/** What a disk was told, in the format of Linux's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst), as QEMU's blklogwrites writes it. Pure. */
export interface DiskEvent {
  /** Bytes written at a place; null is a flush: what came before it is on the platter. */
  readonly write: { readonly at: number; readonly bytes: Buffer } | null;
  /** Where its record ends in the log: whatever was seen when the log was this long came after it. */
  readonly endsAt: number;
}

export type Write = NonNullable<DiskEvent['write']>;

const MAGIC = 0x6a736677736872n;
const SECTOR = 512;
const FLUSH = 1n;
const DISCARD = 4n;
/** Of the writes that a disk has taken and not been told to keep, so many survive a power cut here; and of those, so many only in part. */
const SURVIVES = 0.5;
const TORN = 0.25;

/** @throws Error where it is no such log. A last record that is not whole is none. */
export function readWriteLog(log: Buffer): DiskEvent[] {
  if (log.readBigUInt64LE(0) !== MAGIC) throw new Error('This is no log of writes.');
  const recordBytes = log.readUInt32LE(24);
  const events: DiskEvent[] = [];
  for (let at = recordBytes; at + recordBytes <= log.length; ) {
    const [sector, sectors, flags] = [log.readBigUInt64LE(at), Number(log.readBigUInt64LE(at + 8)), log.readBigUInt64LE(at + 16)];
    const dataAt = at + recordBytes;
    const bytes = (flags & DISCARD) === 0n ? log.subarray(dataAt, dataAt + sectors * SECTOR) : Buffer.alloc(0);
    at = dataAt + ((flags & DISCARD) === 0n ? sectors * SECTOR : 0);
    if (at > log.length) break;
    if ((flags & FLUSH) !== 0n) events.push({ write: null, endsAt: at });
    if (bytes.length > 0) events.push({ write: { at: Number(sector) * SECTOR, bytes }, endsAt: at });
  }
  return events;
}

/**
 * What is on a disk that lost its power after `count` events: all up to the last flush, and of what came after it as chance has it, for a
 * disk writes its cache down in an order of its own. Sectors are written whole or not at all.
 */
export function writesAfterCut(events: readonly DiskEvent[], count: number, random: () => number): Write[] {
  const before = events.slice(0, count);
  const flushed = before.findLastIndex(({ write }) => write === null) + 1;
  return before.flatMap(({ write }, index) => {
    if (write === null) return [];
    if (index < flushed) return [write];
    return random() < SURVIVES ? survivorsOf(write, random) : [];
  });
}

function survivorsOf(write: Write, random: () => number): Write[] {
  if (random() >= TORN) return [write];
  const sectors = Array.from({ length: write.bytes.length / SECTOR }, (_, index) => index * SECTOR);
  return sectors.filter(() => random() < SURVIVES).map((from) => ({ at: write.at + from, bytes: write.bytes.subarray(from, from + SECTOR) }));
}
