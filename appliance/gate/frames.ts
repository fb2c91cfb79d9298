/** A picture in a reused buffer. It goes back to its pool when the last who holds it lets go. */
export interface Frame {
  readonly bytes: Buffer;
  /** Whether somebody beside its first holder has it: then it must not be drawn on. */
  readonly isShared: boolean;
  hold(): Frame;
  release(): void;
}

/** Raw pictures are 1.4 MB at 720p: allocating one a tick would keep the garbage collector as busy as the composer. */
export class FramePool {
  readonly #bytes: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** A frame held once, with whatever was last in it. */
  take(): Frame {
    const bytes = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
    let holders = 1;
    const frame: Frame = {
      bytes,
      get isShared() {
        return holders > 1;
      },
      hold: () => {
        holders += 1;
        return frame;
      },
      release: () => {
        holders -= 1;
        if (holders === 0) this.#free.push(bytes);
      },
    };
    return frame;
  }
}

/** A picture that is never given back: slates and cards. */
export function lastingFrame(bytes: Buffer): Frame {
  const frame: Frame = { bytes, isShared: true, hold: () => frame, release: () => undefined };
  return frame;
}
