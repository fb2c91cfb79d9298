import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { CodedError } from '#kit/process/errors.ts';

/** As wide as a tile on the panel, twice over for sharp screens. */
const WIDTH = 320;

/** What each saved view looked like when it was saved: a small JPEG each, kept on the box. */
export class PresetPictures {
  readonly #folder: string;
  #takenAt: Map<string, string> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** RFC 3339; null where there is none. */
  takenAt(camera: string, preset: string): string | null {
    return this.#times().get(fileOf(camera, preset)) ?? null;
  }

  /** @throws CodedError `no_picture` 404 */
  async read(camera: string, preset: string): Promise<Buffer> {
    if (this.takenAt(camera, preset) === null) throw new CodedError('no_picture', 'This view has no picture. Save it again to take one.', { status: 404 });
    return readFile(join(this.#folder, fileOf(camera, preset)));
  }

  /** In place of an older one, which shows what the view is no more. */
  async keep(camera: string, preset: string, jpeg: Buffer): Promise<void> {
    const file = fileOf(camera, preset);
    const small = await smaller(jpeg);
    mkdirSync(this.#folder, { recursive: true });
    const path = join(this.#folder, file);
    await writeFile(`${path}.new`, small);
    await rename(`${path}.new`, path);
    this.#times().set(file, new Date().toISOString());
  }

  async remove(camera: string, preset: string): Promise<void> {
    const file = fileOf(camera, preset);
    this.#times().delete(file);
    await rm(join(this.#folder, file), { force: true });
  }

  #times(): Map<string, string> {
    this.#takenAt ??= timesIn(this.#folder);
    return this.#takenAt;
  }
}

/** A camera's own name of a view may have any letters. */
function fileOf(camera: string, preset: string): string {
  return `${camera}-${Buffer.from(preset).toString('base64url')}.jpg`;
}

function timesIn(folder: string): Map<string, string> {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((file) => file.endsWith('.jpg'));
  return new Map(files.map((file) => [file, statSync(join(folder, file)).mtime.toISOString()]));
}

async function smaller(jpeg: Buffer): Promise<Buffer> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    ffmpeg(Readable.from([jpeg]))
      .inputFormat('mjpeg')
      .format('mjpeg').outputOptions(['-frames:v 1', `-vf scale=${WIDTH}:-2`, '-q:v 4', '-color_range 2'])
      .on('end', () => resolve()).on('error', reject)
      .pipe(out);
  });
  return Buffer.concat(chunks);
}
