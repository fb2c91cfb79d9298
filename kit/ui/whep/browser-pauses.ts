interface PauseListener {
  /** Whether the browser has paused the video; told again as it plays. */
  readonly paused: (is: boolean) => void;
  /** Asked to play it: the person is plainly back. */
  readonly start: () => void;
}

/**
 * Headphones that are unplugged, a media key, or the end of full screen on an iPhone pause a video, though nobody here asked for it.
 * Watches one until the answer is called.
 */
export function watchPauses(video: HTMLVideoElement, { paused, start }: PauseListener): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  // What has ended pauses too (HTML section 4.8.11.8), and what comes next is started by who has it.
  video.addEventListener('pause', () => paused(video.paused && !isOver(video)), { signal });
  video.addEventListener('playing', () => paused(false), { signal });
  video.addEventListener('webkitendfullscreen', start, { signal });
  document.addEventListener('visibilitychange', () => !document.hidden && video.paused && start(), { signal });
  return () => {
    stop.abort();
    paused(false);
  };
}

/** Browsers differ in whether a video has ended when its stream has. */
function isOver({ ended, srcObject }: HTMLVideoElement): boolean {
  return ended || (srcObject !== null && 'active' in srcObject && !srcObject.active);
}
