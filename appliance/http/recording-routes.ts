import type { Http } from '#kit/process/http.ts';
import { EraseRequest } from '../contract/recording.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

/** What a teacher may do to a recording while it is being made. */
export function recordingRoutes(http: Http, { recording, state, audit }: PanelServices): void {
  http.post('/api/lesson/erase', { config: { access: 'control' }, schema: { body: EraseRequest, response: { 200: State } } }, async (request) => {
    await recording.erase(request.body.seconds);
    audit(whoIs(request), 'erase', { lesson: state().lesson.id, ...request.body });
    return state();
  });
}
