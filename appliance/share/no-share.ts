import type { ShareState } from '#appliance/contract/share.ts';

/** The state of a box that offers no share page. */
export const NO_SHARE: ShareState = { offered: false, open: false, url: '', code: null, expiresAt: null, active: false, name: '', since: null, waiting: null };
