import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { ShareAnswer } from '../contract/share.ts';
import { State } from '../contract/state.ts';
import type { ShareDesk } from '../share/share-desk.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const config = { access: 'control' };
const response = { 200: State };

/** The teacher's side of the laptop share. */
export function shareRoutes(http: Http, { share, state, audit }: PanelServices): void {
  const actions: Readonly<Record<string, (desk: ShareDesk) => void>> = {
    open: (desk) => desk.open(),
    close: (desk) => desk.close(),
    code: (desk) => desk.renewCode(),
    end: (desk) => desk.end(),
  };
  for (const [action, act] of Object.entries(actions)) {
    http.post(`/api/share/${action}`, { config, schema: { response } }, async (request) => {
      act(offered(share));
      audit(whoIs(request), `share-${action}`, {});
      return state();
    });
  }
  for (const answer of ['allow', 'refuse'] as const) {
    http.post(`/api/share/${answer}`, { config, schema: { body: ShareAnswer, response } }, async (request) => {
      offered(share)[answer](request.body.id);
      audit(whoIs(request), `share-${answer}`, request.body);
      return state();
    });
  }
}

function offered(share: ShareDesk | null): ShareDesk {
  if (share === null) throw new CodedError('no_share', 'This box is not set up for laptops. An administrator adds "share" to its configuration.', { status: 404 });
  return share;
}
