import { expect, it } from 'vitest';
import { createHttp, type Http } from '#kit/process/http.ts';
import { createLog } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import type { PanelAccess, Principal } from '../access/panel-access.ts';
import { authoriser } from './authorise.ts';
import { PreviewGuests } from './preview-guests.ts';
import { previewRoutes } from './preview-routes.ts';

const log = createLog('test');
log.level = 'silent';

it('ends the previews of a PIN whose hour is over, and no other', async () => {
  const principals = new Map<string, Principal>([['screen', { kind: 'panel' }], ['phone', { kind: 'pin' }], ['tablet', { kind: 'pin' }]]);
  const access = { principalOf: (token: string) => principals.get(token) ?? null } as PanelAccess;
  const open = new Set<string>();
  const preview = {
    accept: async (offer: string) => (open.add(offer), { id: offer, answerSdp: '' }),
    close: (id: string) => open.delete(id),
  };
  const guests = new PreviewGuests({ access, preview });
  const http = await createHttp({ name: 'appliance', log, authorise: authoriser(access, []), health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test') });
  await http.register(async (scope) => previewRoutes(scope as Http, { preview }, guests));
  for (const [token] of principals) {
    const headers = { host: '127.0.0.1', authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
    expect((await http.inject({ method: 'POST', url: '/preview/whep', headers, payload: `of ${token}` })).statusCode).toBe(201);
  }
  guests.recheck();
  expect([...open]).toEqual(['of screen', 'of phone', 'of tablet']);
  principals.delete('phone');
  guests.recheck();
  expect([...open]).toEqual(['of screen', 'of tablet']);
  await http.close();
});
