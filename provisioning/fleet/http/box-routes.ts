import Type from 'typebox';
import { createHash } from 'node:crypto';
import type { Http } from '#kit/process/http.ts';
import type { FastifyRequest } from 'fastify';
import { BoxTokens, HealthReport, RoomConfig } from '../../contract/enrolment.ts';
import type { AuthorityKeys } from '#kit/process/certificates.ts';
import type { Box, Boxes } from '../boxes.ts';
import type { Clock } from '../clock.ts';
import type { Enrolments } from '../enrolments.ts';
import { roomConfigOf, type Places } from '../room-config.ts';
import type { Rooms } from '../rooms.ts';
import { boxTokens } from '../service-tokens.ts';
import { existing } from './room-routes.ts';

export interface BoxRouteDeps {
  readonly rooms: Rooms;
  readonly boxes: Boxes;
  readonly enrolments: Enrolments;
  readonly authority: AuthorityKeys;
  readonly places: Places;
  readonly tokenKeyPem: string;
  readonly now: Clock;
}
export type MemberBox = Box & { readonly room: string };

const CertificateRequest = Type.Object({ csr: Type.String({ maxLength: 8192 }) }, { additionalProperties: false });
const CertificateAnswer = Type.Object({ certificate: Type.String(), authority: Type.String() });

/** What a box asks over mutual TLS. Who it is comes from its certificate, never from what it sends. */
export function addBoxRoutes(http: Http, deps: BoxRouteDeps): void {
  const { rooms, boxes, enrolments, authority, places, tokenKeyPem, now } = deps;
  const config = { access: 'box' };
  http.get('/box/config', { config, schema: { response: { 200: RoomConfig, 304: Type.Null() } } }, async (request, reply) => {
    const desired = roomConfigOf(existing(rooms, memberOf(request).room), places, now());
    const etag = `"${createHash('sha256').update(JSON.stringify(desired)).digest('base64url')}"`;
    reply.header('etag', etag);
    if (request.headers['if-none-match'] === etag) return reply.code(304).send(null);
    return reply.send(desired);
  });
  http.post('/box/tokens', { config, schema: { response: { 200: BoxTokens } } }, async (request) => {
    const member = memberOf(request);
    return boxTokens({ ...member, earlierRooms: boxes.earlierRooms(member, now()) }, tokenKeyPem, now());
  });
  http.post('/box/health', { config, schema: { body: HealthReport } }, async (request, reply) => {
    boxes.report(memberOf(request), request.body, now());
    return reply.code(204).send();
  });
  http.post('/box/certificate', { config, schema: { body: CertificateRequest, response: { 201: CertificateAnswer } } }, async (request, reply) => {
    const { certificatePem } = await enrolments.renew(memberOf(request).box, request.body.csr);
    return reply.code(201).send({ certificate: certificatePem, authority: authority.certificatePem });
  });
}

function memberOf(request: FastifyRequest): MemberBox {
  return request.principal as MemberBox;
}
