import { rename, writeFile } from 'node:fs/promises';
import type { Frame } from './frames.ts';

/** Writes a picture as raw I420, whole or not at all; false where there is none or the disk refuses. */
export async function savePicture(frame: Frame | null, file: string): Promise<boolean> {
  if (frame === null) return false;
  const held = frame.hold();
  try {
    await writeFile(`${file}.new`, held.bytes);
    await rename(`${file}.new`, file);
    return true;
  } catch {
    // The one who asked is told; a full disk is said where it matters.
    return false;
  } finally {
    held.release();
  }
}
