import Type from 'typebox';
import type { Http } from '#kit/process/http.ts';
import { principalOf } from '../access/principal.ts';
import { Replay } from '../contract/api.ts';
import type { Replays } from '../replays/replays.ts';

export function replayRoutes(http: Http, replays: Replays): void {
  const params = Type.Object({ id: Type.String({ format: 'uuid' }) });
  http.get('/api/replays/:id', { config: { access: 'student' }, schema: { params, response: { 200: Replay } } }, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    return replays.open(principalOf(request, 'student').account, request.params.id);
  });
}
