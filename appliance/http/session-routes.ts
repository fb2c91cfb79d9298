import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { NewPinRequest, PinRequest, Session, Settings } from '../contract/api.ts';
import { whoIs } from './authorise.ts';
import type { PanelServices } from './services.ts';

/** PIN sessions and the settings behind them. */
export function sessionRoutes(http: Http, { access, settings, audit }: Pick<PanelServices, 'access' | 'settings' | 'audit'>): void {
  let refusalTold = false;

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

  /**
   * Wrong PINs are in the audit too: they are what an administrator looks for. Of those who are made to wait only the first after a try that
   * counted: anybody can ask a thousand times a second, each line is a flush of the disk, and they would wash out all others.
   */
  async function noted<T>(address: string, attempt: () => Promise<T>): Promise<T> {
    try {
      const done = await attempt();
      refusalTold = false;
      return done;
    } catch (thrown) {
      if (thrown instanceof CodedError && !(thrown.code === 'too_many_tries' && refusalTold)) {
        refusalTold = thrown.code === 'too_many_tries';
        audit(`pin ${address}`, thrown.code.replaceAll('_', '-'), {});
      }
      throw thrown;
    }
  }
}
