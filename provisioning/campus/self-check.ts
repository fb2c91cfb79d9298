import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '#kit/process/errors.ts';
import type { Health } from '#kit/process/http.ts';
import { sleep } from '#kit/process/supervisor.ts';

export interface SelfCheckParts {
  /** Where the databases and the recordings lie. */
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  readonly edgeUrl: string;
}

const EVERY_MS = 10_000;
const EDGE_MS = 3_000;

/** Whether campus can do its work: its disks take what is written, and the edge answers. Without the edge it does most of it: that is a reason, not a failure. */
export class SelfCheck {
  readonly #parts: SelfCheckParts;
  #disks: string[] = [];
  #edge: string[] = [];

  constructor(parts: SelfCheckParts) {
    this.#parts = parts;
  }

  health(): Health {
    return { ok: this.#disks.length === 0, reasons: [...this.#disks, ...this.#edge] };
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal);
      await sleep(EVERY_MS, signal);
    }
  }

  async look(signal: AbortSignal): Promise<void> {
    this.#disks = this.#parts.folders.flatMap(({ name, path }) => writeProblem(name, path));
    const edge = await edgeProblem(this.#parts.edgeUrl, signal);
    if (!signal.aborted) this.#edge = edge;
  }
}

/** A file is written, flushed and removed: a disk that is full or read-only says so only then. */
function writeProblem(name: string, folder: string): string[] {
  const file = join(folder, '.writable');
  try {
    mkdirSync(folder, { recursive: true });
    const descriptor = openSync(file, 'w', 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(4096));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
      rmSync(file, { force: true });
    }
    return [];
  } catch (thrown) {
    return [`The disk with ${name} cannot be written (${reasonOf(thrown)}). Make space or repair it.`];
  }
}

async function edgeProblem(edgeUrl: string, signal: AbortSignal): Promise<string[]> {
  try {
    const answer = await fetch(`${edgeUrl}/healthz`, { signal: AbortSignal.any([signal, AbortSignal.timeout(EDGE_MS)]) });
    await answer.body?.cancel();
    return answer.status < 500 ? [] : [`The edge says that it is not well (${answer.status}). Students may see nothing.`];
  } catch (thrown) {
    return [`The edge cannot be reached (${reasonOf(thrown)}). It learns of rooms and courses later.`];
  }
}
