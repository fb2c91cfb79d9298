import type { Http } from '#kit/process/http.ts';
import { History, HistoryQuery } from '../contract/health.ts';
import type { PanelServices } from './services.ts';

/** The box's past, as sparklines draw it. */
export function healthRoutes(http: Http, { health }: PanelServices): void {
  http.get('/api/health/history', { config: { access: 'control' }, schema: { querystring: HistoryQuery, response: { 200: History } } }, async ({ query }) =>
    health.history(query.series, query.from, query.to),
  );
}
