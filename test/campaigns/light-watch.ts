import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoneBox } from './lone-box.ts';

const EVERY_MS = 200;
/** What "proven" promises: bytes grew within this. The rest is what a request and a look at the disk take on a busy machine. */
const GROWTH_MS = 3_000 + 1_000;

/** Asks the box whether it records, looks at the disk itself, and notes every time that the light was on and nothing had grown. */
export async function watchLight(box: LoneBox, signal: AbortSignal): Promise<string[]> {
  const lies: string[] = [];
  let bytes = bytesOf(box.recordingsDir);
  let grewAt = performance.now();
  while (!signal.aborted) {
    const proven = await isProven(box);
    const now = bytesOf(box.recordingsDir);
    if (now > bytes) grewAt = performance.now();
    bytes = now;
    const stillMs = performance.now() - grewAt;
    if (proven && stillMs > GROWTH_MS) lies.push(`the light was on ${Math.round(stillMs)} ms after the last byte, at ${new Date().toISOString()}`);
    await delay(EVERY_MS);
  }
  return lies;
}

/** A box that does not answer shows no light. */
async function isProven(box: LoneBox): Promise<boolean> {
  return await box.state().then(
    ({ recording }) => recording.proven,
    () => false,
  );
}

function bytesOf(folder: string): number {
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.mp4'))
    .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}
