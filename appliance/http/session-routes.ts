import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { NewPinRequest, PinRequest, Session, Settings } from '../contract/api.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

/** PIN sessions and the settings behind them. */
export function sessionRoutes(http: Http, { access, settings, audit }: PanelServices): void {
  http.post('/api/session', { config: { access: 'guest' }, schema: { body: PinRequest, response: { 200: Session } } }, async (request) => {
    const { token, expiresAtMs } = await noted(request.ip, () => access.openSession(request.body.pin, request.ip));
    audit(`pin ${request.ip}`, 'signed-in', {});
    return { token, expiresAt: new Date(expiresAtMs).toISOString() };
  });

  http.get('/api/settings', { config: { access: 'control' }, schema: { response: { 200: Settings } } }, async () => settings.get());

  http.put('/api/settings', { config: { access: 'settings' }, schema: { body: Settings, response: { 200: Settings } } }, async (request) => {
    settings.set(request.body);
    audit(whoIs(request), 'changed-settings', request.body);
    return settings.get();
  });

  http.put('/api/settings/pin', { config: { access: 'settings' }, schema: { body: NewPinRequest } }, async (request, reply) => {
    await noted(request.ip, () => access.changePin(request.body.pin, request.body.newPin, request.ip));
    audit(whoIs(request), 'changed-pin', {});
    return reply.code(204).send();
  });

  /** Wrong PINs are in the audit too: they are what an administrator looks for. */
  async function noted<T>(address: string, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (thrown) {
      if (thrown instanceof CodedError) audit(`pin ${address}`, thrown.code.replaceAll('_', '-'), {});
      throw thrown;
    }
  }
}
