import type { Http } from '#kit/process/http.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const options = { config: { access: 'control' }, schema: { response: { 200: State } } };

/** The sending alone, apart from class and recording. */
export function streamRoutes(http: Http, { stream, state, audit }: PanelServices): void {
  http.post('/api/stream/stop', options, async (request) => {
    await stream.stop();
    audit(whoIs(request), 'stop-sending', { lesson: state().lesson.id });
    return state();
  });
  http.post('/api/stream/resume', options, async (request) => {
    stream.resume();
    audit(whoIs(request), 'resume-sending', { lesson: state().lesson.id });
    return state();
  });
}
