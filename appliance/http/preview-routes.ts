import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { PanelServices } from './services.ts';

const config = { access: 'control' };
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const MAX_SDP_BYTES = 64 * 1024;
const Query = Type.Object({ source: Type.Optional(Type.String({ maxLength: 64 })) });
const Session = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** WHEP for the room's own screen. In a scope of its own: the body parsers are for these routes alone. */
export function previewRoutes(http: Http, { preview }: PanelServices): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string', bodyLimit: MAX_SDP_BYTES }, (_request, body, done) => done(null, body));

  http.post('/preview/whep', { config, bodyLimit: MAX_SDP_BYTES, schema: { querystring: Query } }, async (request, reply) => {
    demandAccepts(request);
    const { answerSdp, id } = await preview.accept(sdpOf(request), request.query);
    return reply.code(201).header('location', `/preview/whep/${id}`).header('etag', `"${id}"`).type(SDP).send(answerSdp);
  });
  http.delete('/preview/whep/:id', { config, schema: { params: Session } }, async (request, reply) => {
    if (!preview.close(request.params.id)) throw new CodedError('no_session', 'This preview has ended already.', { status: 404 });
    return reply.code(200).send();
  });
  /** Candidates need not trickle to a lite agent: it answers whoever proves to know the credentials. */
  http.patch('/preview/whep/:id', { config, bodyLimit: MAX_SDP_BYTES, schema: { params: Session } }, async (request, reply) => {
    const match = request.headers['if-match'];
    if (match === '*') throw new CodedError('no_ice_restart', 'ICE restarts are not offered here. Begin a new session.', { status: 422 });
    if (match !== undefined && match !== `"${request.params.id}"`) {
      throw new CodedError('wrong_etag', "If-Match is not this session's ETag. Begin a new session.", { status: 412 });
    }
    return reply.code(204).send();
  });
}

function sdpOf(request: FastifyRequest): string {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== SDP) throw new CodedError('unsupported_media_type', `Send the offer with Content-Type: ${SDP}.`, { status: 415 });
  return typeof request.body === 'string' ? request.body : '';
}

function demandAccepts(request: FastifyRequest): void {
  const accept = request.headers.accept ?? '*/*';
  const fits = accept.split(',').some((range) => [SDP, 'application/*', '*/*'].includes(range.split(';')[0]?.trim().toLowerCase() ?? ''));
  if (!fits) throw new CodedError('not_acceptable', `The answer is ${SDP}; send Accept: ${SDP}.`, { status: 406 });
}
