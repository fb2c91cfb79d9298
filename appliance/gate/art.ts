import { join } from 'node:path';
import { createHash } from 'node:crypto';
import type { Art } from './compose.ts';
import { type CardText, type Desk, drawBackground, drawLogo, drawLowerThird } from './drawing.ts';
import { flatPicture, type Size } from './i420.ts';
import type { Layout } from './layout.ts';
import type { Overlay } from './overlay.ts';
import type { Words } from './protocol.ts';

/** One thing that has to be drawn before a layout can be shown. What it looks like follows from its key. */
interface Piece {
  readonly key: string;
  readonly draw: (name: string) => Promise<Buffer | Overlay>;
}

interface Wanted {
  readonly background: Piece | null;
  readonly overlays: readonly Piece[];
}

/** A layout that has none of its own is shown on the card. */
const PLAIN: Wanted = { background: null, overlays: [] };
/** More than sixteen layouts have. A full picture is 1.4 MB at 720p: what was shown long ago is drawn again. */
const PIECES_MAX = 64;

/** Backgrounds, logos and lower thirds, drawn once each. One that cannot be drawn is left out, and the layout is shown without it. */
export class ArtStore {
  readonly #program: Size;
  readonly #imagesDir: string;
  readonly #desk: Desk;
  readonly #pieces = new Map<string, Buffer | Overlay | null>();
  /** The same object as long as it looks the same: the composer draws only what changed. */
  readonly #arts = new Map<string, Art>();

  constructor(program: Size, imagesDir: string, desk: Desk) {
    this.#program = program;
    this.#imagesDir = imagesDir;
    this.#desk = desk;
  }

  /** What the layout is shown with; null while a piece of it is not drawn yet. */
  artOf(layout: Layout, words: Words): Art | null {
    const { background, overlays } = this.#wanted(layout, words);
    const pieces = [...(background === null ? [] : [background]), ...overlays];
    if (pieces.some(({ key }) => !this.#pieces.has(key))) return null;
    const key = JSON.stringify([background?.key ?? '', ...overlays.map((piece) => piece.key)]);
    const art = this.#arts.get(key) ?? this.#put(background, overlays);
    this.#arts.set(key, art);
    return art;
  }

  /** Draws what is missing. @throws CodedError of the first piece that could not be drawn, once all were tried */
  async prepare(layout: Layout, words: Words): Promise<void> {
    const { background, overlays } = this.#wanted(layout, words);
    const failures: unknown[] = [];
    for (const piece of [...(background === null ? [] : [background]), ...overlays]) {
      if (this.#pieces.has(piece.key)) continue;
      try {
        this.#keep(piece.key, await piece.draw(createHash('sha256').update(piece.key).digest('hex').slice(0, 12)));
      } catch (error) {
        this.#keep(piece.key, null);
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** An image was replaced: everything is drawn anew when it is next wanted. */
  forget(): void {
    this.#pieces.clear();
    this.#arts.clear();
  }

  #keep(key: string, piece: Buffer | Overlay | null): void {
    if (this.#pieces.size >= PIECES_MAX) this.forget();
    this.#pieces.set(key, piece);
  }

  #put(background: Piece | null, overlays: readonly Piece[]): Art {
    const behind = background === null ? null : this.#pieces.get(background.key);
    const overlayOf = ({ key }: Piece): Overlay[] => {
      const piece = this.#pieces.get(key) ?? null;
      return piece === null || Buffer.isBuffer(piece) ? [] : [piece];
    };
    return { background: Buffer.isBuffer(behind) ? behind : null, overlays: overlays.flatMap(overlayOf) };
  }

  #wanted({ background, lowerThird, logo }: Layout, words: Words): Wanted {
    if (background === undefined && lowerThird === undefined && logo === undefined) return PLAIN;
    const program = this.#program;
    const text = lowerThird === undefined ? null : lowerThirdText(lowerThird, words);
    return {
      background: background === undefined ? null : this.#backgroundPiece(background),
      overlays: [
        ...(logo === undefined ? [] : [{ key: JSON.stringify(['logo', logo]), draw: (name: string) => drawLogo(join(this.#imagesDir, logo.file), logo.rect, name, this.#desk) }]),
        ...(text === null ? [] : [{ key: JSON.stringify(['words', text]), draw: (name: string) => drawLowerThird(program, text, name, this.#desk) }]),
      ],
    };
  }

  #backgroundPiece(background: NonNullable<Layout['background']>): Piece {
    const draw = 'colour' in background
      ? async () => flatPicture(this.#program, background.colour)
      : (name: string) => drawBackground(join(this.#imagesDir, background.image), this.#program, name, this.#desk);
    return { key: JSON.stringify(['background', background]), draw };
  }
}

/** The first of the fields that there is stands above, the others below; null where there is nothing to say. */
export function lowerThirdText(fields: readonly (keyof Pick<Words, 'course' | 'teacher' | 'date'>)[], words: Words): CardText | null {
  const [title, ...rest] = fields.map((field) => words[field]).filter((word) => word !== '');
  return title === undefined ? null : { title, line: rest.join(' · ') };
}
