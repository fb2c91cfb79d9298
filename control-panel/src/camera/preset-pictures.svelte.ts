import type { CameraState } from '#appliance/contract/cameras.ts';
import { SvelteMap } from 'svelte/reactivity';
import type { BoxClient } from '../link/box-client.ts';

/** What each saved view looked like, as the box took it when the view was saved. */
export class PresetPictures {
  readonly #pictures = new SvelteMap<string, string>();
  #asked: Readonly<Record<string, string>> = {};

  of(preset: string): string | null {
    return this.#pictures.get(preset) ?? null;
  }

  /** Fetches what is new, once each; forgets what is gone. */
  async follow(box: BoxClient, { id, presets }: Pick<CameraState, 'id' | 'presets'>): Promise<void> {
    const fresh = presets.filter((preset) => preset.pictureAt !== undefined && this.#asked[preset.id] !== preset.pictureAt);
    for (const preset of presets) if (preset.pictureAt === undefined) this.#pictures.delete(preset.id);
    this.#asked = Object.fromEntries(presets.flatMap((preset) => (preset.pictureAt === undefined ? [] : [[preset.id, preset.pictureAt]])));
    for (const preset of fresh) {
      // A tile without its picture still has its name.
      const picture = await box.presetPicture(id, preset.id).catch(() => null);
      if (picture !== null) this.#pictures.set(preset.id, picture);
    }
  }
}
