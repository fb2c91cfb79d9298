import type { FastifyReply } from 'fastify';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import Type from 'typebox';
import { Audit, ConsoleSession, SignedIn, SignIn } from '../../contract/console.ts';
import { callerOf, COOKIE, sessionTokenOf } from '../access.ts';
import type { AuditLog } from '../audit.ts';
import { instant } from '../clock.ts';
import type { Tries } from '../tries.ts';
import type { Users } from '../users.ts';

export interface SessionRouteDeps {
  readonly users: Users;
  readonly tries: Tries;
  readonly audit: AuditLog;
  /** Whether the console is reached over HTTPS, so that the cookie never travels without. */
  readonly secure: boolean;
}

/** Signing in and out of the console, and the record of what was done there. */
export function addSessionRoutes(http: Http, deps: SessionRouteDeps): void {
  const { users, tries, audit } = deps;
  http.post('/api/session', { config: { access: 'public' }, schema: { body: SignIn, response: { 201: SignedIn } } }, async (request, reply) => {
    const { email, password } = request.body;
    const account = email.toLowerCase();
    tries.begin(...tries.keysOf(request.ip, account));
    const role = await users.check(email, password);
    if (!role) {
      audit.record(email.slice(0, 254), 'session.refused', email, request.ip);
      throw new CodedError('wrong_sign_in', 'The e-mail address or the password is wrong.', { status: 401 });
    }
    tries.signedIn(request.ip, account);
    const { token, expiresAtMs } = users.openSession(email);
    audit.record(email, 'session.open', email, request.ip);
    setCookie(reply, token, Math.floor((expiresAtMs - Date.now()) / 1000), deps.secure);
    return reply.code(201).send({ token, role, expiresAt: instant(expiresAtMs) });
  });
  http.get('/api/session', { config: { access: 'session' }, schema: { response: { 200: ConsoleSession } } }, async (request) => {
    const { email, role, expiresAtMs } = callerOf(request);
    return { email, role, expiresAt: instant(expiresAtMs) };
  });
  http.delete('/api/session', { config: { access: 'session' } }, async (request, reply) => {
    users.closeSession(sessionTokenOf(request) ?? '');
    setCookie(reply, '', 0, deps.secure);
    return reply.code(204).send();
  });
  const AuditQuery = Type.Object({ limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })) }, { additionalProperties: false });
  http.get('/api/audit', { config: { access: 'session' }, schema: { querystring: AuditQuery, response: { 200: Audit } } }, async (request) => {
    return { entries: audit.newest(Number(request.query.limit ?? 200)) };
  });
}

function setCookie(reply: FastifyReply, token: string, maxAgeSeconds: number, secure: boolean): void {
  reply.header('set-cookie', `${COOKIE}=${token}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`);
}
