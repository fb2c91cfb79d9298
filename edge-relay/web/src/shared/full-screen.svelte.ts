interface ApplePlayer extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}

/** Full screen of a part of the page; on an iPhone, where only a video can fill the screen, of its video. */
export class FullScreen {
  #on = $state(false);

  get on(): boolean {
    return this.#on;
  }

  /** For `{@attach}` on the part. */
  readonly attach = (part: HTMLElement): (() => void) => {
    const changed = (): void => {
      this.#on = document.fullscreenElement === part;
    };
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  };

  /** From a touch or a key. Answers whether the browser did it. */
  async toggle(part: HTMLElement): Promise<boolean> {
    if (document.fullscreenElement) return settled(document.exitFullscreen());
    // Not on an iPhone, whatever the type says.
    if ('requestFullscreen' in part) return settled(part.requestFullscreen());
    const video = (part as HTMLElement).querySelector<ApplePlayer>('video');
    video?.webkitEnterFullscreen?.();
    return video?.webkitEnterFullscreen !== undefined;
  }
}

const settled = (asked: Promise<void>): Promise<boolean> => asked.then(() => true, () => false);
