import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { DriveRequest, PresetRequest } from '../contract/api.ts';
import { CameraSettings, CareRequest, CentreRequest, FramingRequest } from '../contract/cameras.ts';
import { State } from '../contract/state.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const config = { access: 'control' };
const settings = { access: 'settings' };
const Camera = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Preset = Type.Object({ id: Type.String({ maxLength: 64 }), preset: Type.String({ maxLength: 64 }) });

/** Drives are not audited one by one: five a second would drown what matters. */
export function cameraRoutes(http: Http, { cameras, audit, state }: Pick<PanelServices, 'cameras' | 'audit' | 'state'>): void {
  http.post('/api/cameras/:id/drive', { config, schema: { params: Camera, body: DriveRequest } }, async (request, reply) => {
    cameras.drive(request.params.id, request.body, request.ip);
    return reply.code(204).send();
  });
  http.post('/api/cameras/:id/stop', { config, schema: { params: Camera } }, async (request, reply) => {
    cameras.stop(request.params.id);
    return reply.code(204).send();
  });
  http.post('/api/cameras/:id/home', { config, schema: { params: Camera } }, async (request, reply) => {
    await cameras.home(request.params.id);
    audit(whoIs(request), 'camera-home', request.params);
    return reply.code(204).send();
  });
  http.post('/api/cameras/:id/centre', { config, schema: { params: Camera, body: CentreRequest } }, async (request, reply) => {
    await cameras.centre(request.params.id, request.body);
    audit(whoIs(request), 'camera-centre', { ...request.params, ...request.body });
    return reply.code(204).send();
  });
  http.post('/api/cameras/:id/care', { config, schema: { params: Camera, body: CareRequest } }, async (request, reply) => {
    await cameras.care(request.params.id, request.body.do);
    audit(whoIs(request), 'camera-care', { ...request.params, ...request.body });
    return reply.code(204).send();
  });
  http.get('/api/cameras/:id/settings', { config: settings, schema: { params: Camera, response: { 200: CameraSettings } } }, async (request) =>
    cameras.settings(request.params.id));
  http.put('/api/cameras/:id/settings', { config: settings, schema: { params: Camera, body: CameraSettings, response: { 200: CameraSettings } } }, async (request) => {
    cameras.setSettings(request.params.id, request.body);
    audit(whoIs(request), 'changed-camera', { ...request.params, ...request.body });
    return cameras.settings(request.params.id);
  });
  http.get('/api/cameras/:id/presets/:preset/picture', { config, schema: { params: Preset } }, async (request, reply) => {
    const jpeg = await cameras.picture(request.params.id, request.params.preset);
    return reply.type('image/jpeg').header('cache-control', 'no-store').send(jpeg);
  });
  http.post('/api/cameras/:id/framing', { config, schema: { params: Camera, body: FramingRequest, response: { 200: State } } }, async (request) => {
    cameras.frame(request.params.id, request.body);
    audit(whoIs(request), 'camera-framing', { ...request.params, ...request.body });
    return state();
  });
  http.post('/api/cameras/:id/presets/:preset/recall', { config, schema: { params: Preset } }, async (request, reply) => {
    await cameras.recall(request.params.id, request.params.preset);
    audit(whoIs(request), 'camera-recall', request.params);
    return reply.code(204).send();
  });
  http.put('/api/cameras/:id/presets/:preset', { config, schema: { params: Preset, body: PresetRequest } }, async (request, reply) => {
    await cameras.save(request.params.id, request.params.preset, request.body.name);
    audit(whoIs(request), 'camera-save', { ...request.params, ...request.body });
    return reply.code(204).send();
  });
}
