import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { MuteRequest } from '../contract/api.ts';
import { CustomLayout, LayoutId, LayoutRequest } from '../contract/layout.ts';
import { SoundRequest } from '../contract/sound.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const control = { access: 'control' };
const settings = { access: 'settings' };
const response = { 200: State };
const Layout = Type.Object({ id: LayoutId });
const Source = Type.Object({ source: Type.String({ maxLength: 64 }) });

/** What the program looks and sounds like. */
export function programRoutes(http: Http, { program, state, audit }: PanelServices): void {
  http.post('/api/layout', { config: control, schema: { body: LayoutRequest, response } }, async (request) => {
    program.setLayout(request.body);
    audit(whoIs(request), 'layout', request.body);
    return state();
  });
  http.post('/api/mute', { config: control, schema: { body: MuteRequest, response } }, async (request) => {
    program.setMuted(request.body.muted);
    audit(whoIs(request), 'mute', request.body);
    return state();
  });
  http.post('/api/sound/:source', { config: control, schema: { params: Source, body: SoundRequest, response } }, async (request) => {
    program.setSound(request.params.source, request.body);
    audit(whoIs(request), 'sound', { ...request.params, ...request.body });
    return state();
  });

  http.get('/api/layouts/:id', { config: settings, schema: { params: Layout, response: { 200: CustomLayout } } }, async (request) =>
    program.customLayout(request.params.id));
  http.put('/api/layouts/:id', { config: settings, schema: { params: Layout, body: CustomLayout, response: { 200: CustomLayout } } }, async (request) => {
    if (request.body.id !== request.params.id) throw new CodedError('bad_layout', 'The id in the address and in the layout differ.');
    program.putCustomLayout(request.body);
    audit(whoIs(request), 'saved-layout', request.params);
    return request.body;
  });
  http.delete('/api/layouts/:id', { config: settings, schema: { params: Layout } }, async (request, reply) => {
    program.removeCustomLayout(request.params.id);
    audit(whoIs(request), 'deleted-layout', request.params);
    return reply.code(204).send();
  });
}
