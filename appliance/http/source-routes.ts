import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { Devices } from '../contract/sources.ts';
import type { PanelServices } from './services.ts';

const Source = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** How sources look, for whoever controls the room; what is plugged in, for whoever sets it up. */
export function sourceRoutes(http: Http, { sources }: PanelServices): void {
  http.get('/api/sources/:id/snapshot', { config: { access: 'control' }, schema: { params: Source } }, async (request, reply) => {
    const jpeg = await sources.snapshot(request.params.id);
    return reply.type('image/jpeg').header('cache-control', 'no-store').send(jpeg);
  });
  http.get('/api/devices', { config: { access: 'settings' }, schema: { response: { 200: Devices } } }, async () => ({ devices: await sources.devices() }));
}
