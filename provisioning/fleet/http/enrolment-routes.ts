import Type from 'typebox';
import type { Http } from '#kit/process/http.ts';
import { Claimed, Enrolments as WaitingBoxes } from '../../contract/console.ts';
import { ClaimRequest, EnrolmentOpened, EnrolmentRequest, EnrolmentStatus } from '../../contract/enrolment.ts';
import { callerOf } from '../access.ts';
import type { AuditLog } from '../audit.ts';
import type { Enrolments } from '../enrolments.ts';

export interface EnrolmentRouteDeps {
  readonly enrolments: Enrolments;
  readonly audit: AuditLog;
  readonly publicUrl: string;
  readonly boxUrl: string;
  /** PEM of the authority. */
  readonly authority: string;
}

/** Per address and minute: a delivery of fifty boxes behind one router fits, a flood doesn't. */
const OPEN_LIMIT = { max: 120, timeWindow: 60_000 };
const CLAIM_LIMIT = { max: 60, timeWindow: 60_000 };

/** How a box becomes a member: it opens an enrolment, an admin claims it, it polls. */
export function addEnrolmentRoutes(http: Http, deps: EnrolmentRouteDeps): void {
  const { enrolments, audit, publicUrl, boxUrl, authority } = deps;
  http.post(
    '/api/enrolment',
    { config: { access: 'public', rateLimit: OPEN_LIMIT }, schema: { body: EnrolmentRequest, response: { 201: EnrolmentOpened } } },
    async (request, reply) => {
      const { csr, serial, model } = request.body;
      const opened = await enrolments.open(csr, serial, model);
      return reply.code(201).send({ ...opened, claimUrl: `${publicUrl}/claim?code=${opened.claimCode}` });
    },
  );
  const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });
  http.get('/api/enrolment/:id', { config: { access: 'poll' }, schema: { params: Id, response: { 200: EnrolmentStatus } } }, async (request) => {
    const status = await enrolments.status(request.params.id);
    return status.state === 'waiting' ? { state: 'waiting' as const } : { ...status, authority, boxUrl };
  });
  http.post(
    '/api/claims',
    { config: { access: 'admin', rateLimit: CLAIM_LIMIT }, schema: { body: ClaimRequest, response: { 201: Claimed } } },
    async (request, reply) => {
      const { claimCode, room } = request.body;
      const { email } = callerOf(request);
      const { box } = await enrolments.claim(claimCode, room, (claimed, serial) => audit.record(email, 'box.claim', claimed, `${serial} for ${room}`));
      return reply.code(201).send({ box, room });
    },
  );
  http.get('/api/enrolments', { config: { access: 'admin' }, schema: { response: { 200: WaitingBoxes } } }, async () => ({ enrolments: enrolments.waiting() }));
}
