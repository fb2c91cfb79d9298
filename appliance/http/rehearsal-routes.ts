import type { Http } from '#kit/process/http.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

/** `POST /api/rehearsal` begins one, unless one runs; how it went is in the state some seconds later. */
export function rehearsalRoutes(http: Http, { rehearsal, state, audit }: PanelServices): void {
  http.post('/api/rehearsal', { config: { access: 'control' }, schema: { response: { 200: State } } }, async (request) => {
    rehearsal.start();
    audit(whoIs(request), 'rehearsal', {});
    return state();
  });
}
