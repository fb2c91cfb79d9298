import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { MuteRequest } from '../contract/api.ts';
import { CustomLayout, ImageFile, LayoutId, LayoutImages, LayoutRequest } from '../contract/layout.ts';
import { SoundRequest } from '../contract/sound.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const control = { access: 'control' };
const settings = { access: 'settings' };
const response = { 200: State };
const Layout = Type.Object({ id: LayoutId });
const Image = Type.Object({ file: ImageFile });
const Source = Type.Object({ source: Type.String({ maxLength: 64 }) });

/** What the program looks and sounds like. */
export function programRoutes(http: Http, { program, macros, state, audit }: PanelServices): void {
  http.post('/api/layout', { config: control, schema: { body: LayoutRequest, response } }, async (request) => {
    program.setLayout(request.body);
    macros.layoutChosen();
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
  http.get('/api/layout-images', { config: settings, schema: { response: { 200: LayoutImages } } }, async () => ({ files: program.images() }));
  http.delete('/api/layout-images/:file', { config: settings, schema: { params: Image } }, async (request, reply) => {
    program.removeImage(request.params.file);
    audit(whoIs(request), 'deleted-image', request.params);
    return reply.code(204).send();
  });
  http.delete('/api/layouts/:id', { config: settings, schema: { params: Layout } }, async (request, reply) => {
    program.removeCustomLayout(request.params.id);
    audit(whoIs(request), 'deleted-layout', request.params);
    return reply.code(204).send();
  });
}

const IMAGE_MAX_BYTES = 2 * 1024 * 1024;

/** In a scope of its own: pictures as bodies are taken here alone. */
export function imageRoutes(http: Http, { program, audit }: PanelServices): void {
  http.addContentTypeParser(['image/png', 'image/jpeg'], { parseAs: 'buffer', bodyLimit: IMAGE_MAX_BYTES }, (_request, body, done) => done(null, body));
  http.put('/api/layout-images/:file', { config: settings, bodyLimit: IMAGE_MAX_BYTES, schema: { params: Image } }, async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) throw new CodedError('bad_image', 'Send the picture itself, as image/png or image/jpeg.', { status: 415 });
    program.putImage(request.params.file, request.body);
    audit(whoIs(request), 'saved-image', { ...request.params, bytes: request.body.length });
    return reply.code(204).send();
  });
}
