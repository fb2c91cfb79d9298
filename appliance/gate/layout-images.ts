import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImageFile } from '#appliance/contract/layout.ts';
import { CodedError } from '#kit/process/errors.ts';
import Value from 'typebox/value';

const IMAGES_MAX = 32;
/** First bytes of what we take (PNG, third edition, 5.2; JPEG, ISO/IEC 10918-1, B.1.1.3). */
const KINDS: readonly { readonly extension: string; readonly magic: Buffer }[] = [
  { extension: '.png', magic: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { extension: '.jpg', magic: Buffer.from([0xff, 0xd8, 0xff]) },
];

/** The room's backgrounds and logos, as files of a folder of their own. */
export class LayoutImages {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  list(): string[] {
    mkdirSync(this.folder, { recursive: true });
    return readdirSync(this.folder).filter((file) => Value.Check(ImageFile, file)).sort();
  }

  /** Whole, or not at all. @throws CodedError `bad_image`, `too_many_images` */
  save(file: string, bytes: Buffer): void {
    const kind = KINDS.find(({ extension }) => file.endsWith(extension));
    if (kind === undefined || !bytes.subarray(0, kind.magic.length).equals(kind.magic)) {
      throw new CodedError('bad_image', 'Send a PNG or JPEG picture, under a name that ends in .png or .jpg accordingly.');
    }
    const files = this.list();
    if (!files.includes(file) && files.length >= IMAGES_MAX) {
      throw new CodedError('too_many_images', `A room keeps ${IMAGES_MAX} pictures at most. Delete one first.`, { status: 409 });
    }
    const partial = join(this.folder, `${file}.part`);
    writeFileSync(partial, bytes);
    renameSync(partial, join(this.folder, file));
  }

  /** @throws CodedError `unknown_image` */
  remove(file: string): void {
    if (!this.list().includes(file)) throw new CodedError('unknown_image', `There is no picture ${file} on this box.`, { status: 404 });
    rmSync(join(this.folder, file), { force: true });
  }
}
