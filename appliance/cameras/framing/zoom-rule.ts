/** Whether the zoom is being changed, which way. */
export type Zooming = -1 | 0 | 1;

export interface ZoomState {
  readonly zooming: Zooming;
  /** Since when the person has been too small or too large; null while he is neither. */
  readonly offSinceMs: number | null;
}

export const ZOOM_RESTS: ZoomState = { zooming: 0, offSinceMs: null };

/** From the face to the shoulders, as a share of the picture's height: at the best, head and chest fill about two thirds of it. */
const SMALLEST = 0.115;
const BEST = 0.16;
const LARGEST = 0.24;
/** He who leans forward for a moment is no reason to zoom. */
const OFF_FOR_MS = 1_500;

/** Keeps the person's size in a band: begins after a while outside of it, ends at its middle. It goes nearer only while the head rests. */
export function nextZoom(state: ZoomState, share: number, isAtRest: boolean, nowMs: number): ZoomState {
  if (state.zooming !== 0) {
    const isDone = state.zooming > 0 ? share >= BEST || !isAtRest : share <= BEST;
    return isDone ? ZOOM_RESTS : state;
  }
  const wanted: Zooming = share < SMALLEST ? 1 : share > LARGEST ? -1 : 0;
  if (wanted === 0) return ZOOM_RESTS;
  const offSinceMs = state.offSinceMs ?? nowMs;
  const zooming = nowMs - offSinceMs >= OFF_FOR_MS && (wanted < 0 || isAtRest) ? wanted : 0;
  return { zooming, offSinceMs };
}
