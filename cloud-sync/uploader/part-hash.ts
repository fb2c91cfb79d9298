import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CodedError } from '#kit/process/errors.ts';
import type { FolderPart } from './folder.ts';

/**
 * SHA-256 of the released bytes of a part, hex, each fragment compared with its index on the way.
 * @throws CodedError `recording_damaged` where the box's own disk no longer has what was recorded
 */
export async function partHash({ file, part, index }: FolderPart): Promise<string> {
  const whole = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    for (const line of index) {
      const bytes = Buffer.allocUnsafe(line.bytes);
      const { bytesRead } = await handle.read(bytes, 0, line.bytes, line.offset);
      const read = bytes.subarray(0, bytesRead);
      if (createHash('sha256').update(read).digest('hex') !== line.sha256) {
        throw new CodedError('recording_damaged', `Part ${part} of the recording is damaged on the box's disk at byte ${line.offset}. Have the disk checked.`);
      }
      whole.update(read);
    }
  } finally {
    await handle.close();
  }
  return whole.digest('hex');
}
