import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import type { PreviewGuests } from './preview-guests.ts';
import { acceptSdpOnly, answerTrickle, answerWith, MAX_SDP_BYTES, offerOf } from './sdp-body.ts';
import type { PanelServices } from './services.ts';

const config = { access: 'control' };
const Query = Type.Object({ source: Type.Optional(Type.String({ maxLength: 64 })) });
const Session = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** WHEP for the room's own screen. In a scope of its own: the body parsers are for these routes alone. */
export function previewRoutes(http: Http, { preview }: Pick<PanelServices, 'preview'>, guests: PreviewGuests): void {
  acceptSdpOnly(http);
  http.post('/preview/whep', { config, bodyLimit: MAX_SDP_BYTES, schema: { querystring: Query } }, async (request, reply) => {
    const offer = offerOf(request);
    const answer = await preview.accept(offer, request.query);
    guests.began(answer.id, request);
    return answerWith(reply, '/preview/whep', answer);
  });
  http.delete('/preview/whep/:id', { config, schema: { params: Session } }, async (request, reply) => {
    if (!preview.close(request.params.id)) throw new CodedError('no_session', 'This preview has ended already.', { status: 404 });
    return reply.code(200).send();
  });
  http.patch('/preview/whep/:id', { config, bodyLimit: MAX_SDP_BYTES, schema: { params: Session } }, async (request, reply) => answerTrickle(request, reply));
}
