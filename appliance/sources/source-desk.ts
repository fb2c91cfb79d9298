import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import type { Device } from '#appliance/contract/sources.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Raster } from './capture-source.ts';
import { devicesOf } from './devices/machine.ts';
import { isPicture, type SourceConfig } from './source-config.ts';

export interface SourceDeskOptions {
  readonly sources: readonly SourceConfig[];
  readonly raster: Raster;
  readonly runDir: string;
  /** Has the gate write the source's present picture there, as I420; false where it has none. */
  readonly savePicture: (id: string, file: string) => Promise<boolean>;
}

/** A picture younger than this is given again. */
const KEPT_MS = 1_000;
/** Of JPEG, 2 (best) to 31: text on slides stays readable. */
const QUALITY = '4';

interface Snapshot {
  readonly atMs: number;
  readonly jpeg: Promise<Buffer>;
}

/** What an installer and the panel ask about sources: how they look now, and what is plugged in. */
export class SourceDesk {
  readonly #options: SourceDeskOptions;
  readonly #snapshots = new Map<string, Snapshot>();
  #listing: Promise<Device[]> | null = null;

  constructor(options: SourceDeskOptions) {
    this.#options = options;
  }

  /** JPEG; at most one a second of each source is made, however many ask. @throws CodedError `no_source` 404, `no_picture` 409 */
  async snapshot(id: string): Promise<Buffer> {
    const source = this.#options.sources.find((candidate) => candidate.id === id);
    if (source === undefined) throw new CodedError('no_source', 'The room has no source of this name.', { status: 404 });
    if (!isPicture(source)) throw noPicture(`${source.name} gives sound, not pictures.`);
    const last = this.#snapshots.get(id);
    if (last !== undefined && performance.now() - last.atMs < KEPT_MS) return await last.jpeg;
    const jpeg = this.#take(source);
    this.#snapshots.set(id, { atMs: performance.now(), jpeg });
    return await jpeg;
  }

  /** Asking devices takes a moment and disturbs them: whoever asks meanwhile gets the same answer. */
  async devices(): Promise<Device[]> {
    this.#listing ??= devicesOf(this.#options.sources).finally(() => (this.#listing = null));
    return await this.#listing;
  }

  async #take({ id, name }: SourceConfig): Promise<Buffer> {
    const file = join(this.#options.runDir, `snapshot-${id}.i420`);
    try {
      if (!(await this.#options.savePicture(id, file))) throw noPicture(`${name} has no picture at the moment.`);
      return await jpegOf(file, this.#options.raster);
    } finally {
      await rm(file, { force: true });
    }
  }
}

function noPicture(why: string): CodedError {
  return new CodedError('no_picture', why, { status: 409 });
}

async function jpegOf(file: string, { width, height }: Raster): Promise<Buffer> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    ffmpeg(file)
      .inputFormat('rawvideo').inputOptions(['-pix_fmt yuv420p', `-video_size ${width}x${height}`])
      .format('mjpeg').outputOptions(['-frames:v 1', `-q:v ${QUALITY}`, '-color_range 2'])
      .on('end', () => resolve()).on('error', reject)
      .pipe(out);
  });
  return Buffer.concat(chunks);
}
