import { readStored, writeStored } from '#kit/ui/client/stored.ts';

/** What each saved view looked like, kept on this screen only. A view saved elsewhere simply has none. */
export class PresetPictures {
  #pictures = $state.raw<Readonly<Record<string, string>>>({});
  readonly #key: string;

  constructor(cameraId: string) {
    this.#key = `lectern.views.${cameraId}`;
    this.#pictures = picturesIn(readStored(this.#key));
  }

  of(preset: string): string | null {
    return this.#pictures[preset] ?? null;
  }

  /** Null forgets: an older picture would show what the view is no more. */
  keep(preset: string, picture: string | null): void {
    const { [preset]: _, ...others } = this.#pictures;
    this.#pictures = picture === null ? others : { ...others, [preset]: picture };
    writeStored(this.#key, JSON.stringify(this.#pictures));
  }
}

function picturesIn(text: string | null): Record<string, string> {
  try {
    const stored: unknown = JSON.parse(text ?? '{}');
    const entries = Object.entries(stored ?? {}).filter(([, picture]) => /^data:image\/jpeg;/.test(String(picture)));
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    // Not ours: views without pictures.
    return {};
  }
}
