/** Campus's hand on an edge that runs: its viewers, its load, emptying it, keys that are read again. Call in the scope of the admin routes: they put changes on record. */
import Type from 'typebox';
import type { Http } from '#kit/process/http.ts';
import { Slug } from '../access/names.ts';
import type { AuditLog } from '../access/ports.ts';
import { principalOf } from '../access/principal.ts';
import { DrainOrder, DrainState, Node, Reloaded, SendAway, SentAway, ViewerPage, ViewerQuery } from '../contract/operations.ts';
import type { Operations } from '../operations/operations.ts';

export interface OperationOptions {
  readonly operations: Operations;
  readonly audit: AuditLog;
  readonly reload: () => Promise<Reloaded>;
  readonly now: () => number;
}

const PAGE = 100;
const MOST_A_PAGE = 500;
const config = { access: 'admin' };

export function operationRoutes(http: Http, options: OperationOptions): void {
  const { operations, reload } = options;
  http.get('/api/rooms', { config, schema: { response: { 200: Node } } }, async () => operations.node());
  http.get('/api/admin/drain', { config, schema: { response: { 200: DrainState } } }, async () => operations.drainState());
  http.put('/api/admin/drain', { config, schema: { body: DrainOrder, response: { 200: DrainState } } }, async (request) => operations.setDrain(request.body));
  http.post('/api/admin/reload', { config, schema: { response: { 200: Reloaded } } }, async () => reload());
  viewerRoutes(http, options);
}

function viewerRoutes(http: Http, { operations, audit, now }: OperationOptions): void {
  const page = { params: Type.Object({ room: Slug }), querystring: ViewerQuery, response: { 200: ViewerPage } };
  http.get('/api/admin/rooms/:room/viewers', { config, schema: page }, async (request) => {
    const { after, limit } = request.query;
    const most = Math.min(MOST_A_PAGE, Math.max(1, Number(limit ?? PAGE)));
    return operations.viewers(request.params.room, { limit: most, ...(after === undefined ? {} : { after }) });
  });
  const viewer = { params: Type.Object({ id: Type.String({ maxLength: 64 }) }), body: SendAway, response: { 200: SentAway } };
  http.delete('/api/admin/viewers/:id', { config, schema: viewer }, async (request) => {
    const sent = operations.sendViewerAway(request.params.id, request.body?.forSeconds ?? 0);
    // The id says nothing to whoever reads this in a year.
    audit.record({ atMs: now(), actor: principalOf(request, 'admin').actor, action: 'SEND AWAY', subject: `${sent.account} from ${sent.room}` });
    return sent;
  });
  const account = { params: Type.Object({ room: Slug, account: Slug }), body: SendAway, response: { 200: SentAway } };
  http.delete('/api/admin/rooms/:room/accounts/:account', { config, schema: account }, async (request) => {
    const { account: name, room } = request.params;
    return operations.sendAccountAway(name, room, request.body?.forSeconds ?? 0);
  });
}
