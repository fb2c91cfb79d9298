import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
/** Offers of browsers have 5 to 10 kB. */
export const MAX_SDP_BYTES = 64 * 1024;

/** What WHIP and WHEP share as HTTP (RFC 9725). Call inside a scope of its own: the body parsers are for its routes alone. */
export function acceptSdpOnly(http: Http): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser([SDP, FRAGMENT], { parseAs: 'string', bodyLimit: MAX_SDP_BYTES }, (_request, body, done) => done(null, body));
}

/** The offer. @throws CodedError 406 `not_acceptable`, 415 `unsupported_media_type` */
export function offerOf(request: FastifyRequest): string {
  demandAccepts(request.headers.accept ?? '*/*');
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== SDP) throw new CodedError('unsupported_media_type', `Send the offer with Content-Type: ${SDP}.`, { status: 415 });
  return typeof request.body === 'string' ? request.body : '';
}

export function answerWith(reply: FastifyReply, path: string, { id, answerSdp }: { id: string; answerSdp: string }): FastifyReply {
  return reply.code(201).header('location', `${path}/${id}`).header('etag', `"${id}"`).type(SDP).send(answerSdp);
}

/** Candidates need not trickle to a lite agent: it answers whoever proves to know the credentials. */
export function answerTrickle(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply): FastifyReply {
  const match = request.headers['if-match'];
  if (match === '*') throw new CodedError('no_ice_restart', 'ICE restarts are not offered here. Begin a new session.', { status: 422 });
  if (match !== undefined && match !== `"${request.params.id}"`) {
    throw new CodedError('wrong_etag', "If-Match is not this session's ETag. Begin a new session.", { status: 412 });
  }
  return reply.code(204).send();
}

function demandAccepts(accept: string): void {
  const fits = accept.split(',').some((range) => [SDP, 'application/*', '*/*'].includes(range.split(';')[0]?.trim().toLowerCase() ?? ''));
  if (!fits) throw new CodedError('not_acceptable', `The answer is ${SDP}; send Accept: ${SDP}.`, { status: 406 });
}
