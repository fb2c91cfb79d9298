import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { CameraLogin, Discovered, DiscoveredCamera, LookRequest, OnvifDetails } from '../contract/onvif.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

const config = { access: 'settings' };
const Camera = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** For whoever sets the room up: what cameras there are, what one is, and the password to it. */
export function onvifRoutes(http: Http, { onvif, audit }: Pick<PanelServices, 'onvif' | 'audit'>): void {
  http.get('/api/cameras/discovered', { config, schema: { response: { 200: Discovered } } }, async () => ({ devices: await onvif.discovered() }));
  http.post('/api/cameras/discovered', { config, schema: { body: LookRequest, response: { 200: DiscoveredCamera } } }, async (request) => await onvif.look(request.body.url));
  http.get('/api/cameras/:id/onvif', { config, schema: { params: Camera, response: { 200: OnvifDetails } } }, async (request) => onvif.details(request.params.id));
  http.put('/api/cameras/:id/login', { config, schema: { params: Camera, body: CameraLogin } }, async (request, reply) => {
    onvif.setLogin(request.params.id, request.body);
    audit(whoIs(request), 'camera-login', { ...request.params, username: request.body.username });
    return reply.code(204).send();
  });
  http.get('/api/cameras/:id/still', { config, schema: { params: Camera } }, async (request, reply) => {
    const jpeg = await onvif.still(request.params.id);
    return reply.type('image/jpeg').header('cache-control', 'no-store').send(jpeg);
  });
  http.post('/api/cameras/:id/reboot', { config, schema: { params: Camera } }, async (request, reply) => {
    await onvif.reboot(request.params.id);
    audit(whoIs(request), 'camera-reboot', request.params);
    return reply.code(204).send();
  });
}
