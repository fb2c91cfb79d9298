import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { toString as qrToString } from 'qrcode';
import type { PanelServices } from './services.ts';

const config = { access: 'control' };

/** What the panel shows of the cloud: the claim code before, the students' picture after. */
export function enrolmentRoutes(http: Http, { state, returnPicture }: PanelServices): void {
  http.get('/api/return', { config }, async (_request, reply) => {
    // As text: Fastify answers a bare null with an empty body, which is no JSON.
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(returnPicture()));
  });

  http.get('/api/claim-qr.svg', { config }, async (_request, reply) => {
    const { claimUrl } = state().enrolment;
    if (claimUrl === null) throw new CodedError('nothing_to_claim', 'There is no claim code: this box is claimed, or campus has not answered yet.', { status: 404 });
    const svg = await qrToString(claimUrl, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
    return reply.header('cache-control', 'no-store').type('image/svg+xml').send(svg);
  });
}
