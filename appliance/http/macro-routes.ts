import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { LayoutId } from '../contract/layout.ts';
import { Macro } from '../contract/macros.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const control = { access: 'control' };
const settings = { access: 'settings' };
const Id = Type.Object({ id: LayoutId });

/** Macros: run by whoever controls the room, changed by whoever sets it up. */
export function macroRoutes(http: Http, { macros, audit, state }: PanelServices): void {
  http.post('/api/macros/:id/run', { config: control, schema: { params: Id, response: { 200: State } } }, async (request) => {
    macros.run(request.params.id);
    audit(whoIs(request), 'macro', request.params);
    return state();
  });
  http.get('/api/macros/:id', { config: settings, schema: { params: Id, response: { 200: Macro } } }, async (request) => macros.macro(request.params.id));
  http.put('/api/macros/:id', { config: settings, schema: { params: Id, body: Macro, response: { 200: Macro } } }, async (request) => {
    if (request.body.id !== request.params.id) throw new CodedError('bad_macro', 'The id in the address and in the macro differ.');
    macros.put(request.body);
    audit(whoIs(request), 'saved-macro', { ...request.body });
    return request.body;
  });
  http.delete('/api/macros/:id', { config: settings, schema: { params: Id } }, async (request, reply) => {
    macros.remove(request.params.id);
    audit(whoIs(request), 'deleted-macro', request.params);
    return reply.code(204).send();
  });
}
