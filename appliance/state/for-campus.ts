import type { State } from '../contract/state.ts';

/** The room's state as it leaves the room: the laptops' code is for those who see the room's screen. */
export function forCampus(state: State): State {
  return { ...state, share: { ...state.share, code: null } };
}
