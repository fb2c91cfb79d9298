import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { ExtendRequest, StartRequest } from '../contract/api.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const config = { access: 'control' };
const response = { 200: State };

/** The class. All answer the room's state. */
export function lessonRoutes(http: Http, { classroom, state, audit }: PanelServices): void {
  http.get('/api/state', { config, schema: { response } }, async () => state());

  // A press of Start needs no body at all.
  const startBody = Type.Union([StartRequest, Type.Null()]);
  http.post('/api/lesson/start', { config, schema: { body: startBody, response } }, async (request) => {
    await classroom.start(request.body ?? {});
    audit(whoIs(request), 'start', { lesson: state().lesson.id });
    return state();
  });
  http.post('/api/lesson/stop', { config, schema: { response } }, async (request) => {
    const { id } = state().lesson;
    classroom.stop();
    audit(whoIs(request), 'stop', { lesson: id });
    return state();
  });
  for (const action of ['pause', 'resume'] as const) {
    http.post(`/api/lesson/${action}`, { config, schema: { response } }, async (request) => {
      classroom[action]();
      audit(whoIs(request), action, {});
      return state();
    });
  }
  http.post('/api/lesson/extend', { config, schema: { body: ExtendRequest, response } }, async (request) => {
    classroom.extend(request.body.minutes);
    audit(whoIs(request), 'extend', request.body);
    return state();
  });
}
