export interface CpioEntry {
  readonly path: string;
  /** File type and permission bits, as in `stat`: 0o100755 is an executable file, 0o040755 a folder. */
  readonly mode: number;
  readonly data?: Buffer;
}

const TRAILER: CpioEntry = { path: 'TRAILER!!!', mode: 0 };

/** An archive as the kernel unpacks it into its first root (cpio(5), "new ASCII format"). */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  return Buffer.concat([...entries, TRAILER].map((entry, index) => entryBytes(entry, index + 1)));
}

function entryBytes({ path, mode, data = Buffer.alloc(0) }: CpioEntry, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  // inode, mode, uid, gid, links, time, bytes, device (2), special device (2), name's bytes, checksum
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(data)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
