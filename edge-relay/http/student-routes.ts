/** Signing in and out, and the way from a session to a playback token. */
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { Slug } from '../access/names.ts';
import { issuePlayback, type PlaybackOptions } from '../access/playback.ts';
import { principalOf } from '../access/principal.ts';
import { bearerOf, cookieOf, SESSION_COOKIE } from '../access/request.ts';
import type { Students } from '../access/students.ts';
import type { TokenReader } from '../access/token-reader.ts';
import { Playback, SignedIn, SignInRequest, StudentSession } from '../contract/api.ts';

export interface StudentOptions {
  readonly students: Students;
  readonly tokens: TokenReader;
  readonly playback: PlaybackOptions;
  readonly publicUrl: string;
  /** Null lifts the limit per address (load tests). */
  readonly signInsAMinute: number | null;
}

const SignInQuery = Type.Object({ link: Type.String({ maxLength: 200 }), to: Type.Optional(Type.String({ maxLength: 500 })) });
/** `renews`: the playback token that this one follows, so that it does not count as one more viewer. */
const PlaybackBody = Type.Optional(Type.Union([Type.Null(), Type.Object({ renews: Type.Optional(Type.String({ maxLength: 4096 })) })]));

export function studentRoutes(http: Http, options: StudentOptions): void {
  const { students, tokens, playback, publicUrl, signInsAMinute } = options;
  const rateLimit = signInsAMinute === null ? {} : { rateLimit: { max: signInsAMinute, timeWindow: 60_000 } };
  // Whatever looks at addresses in mail before people do must not use up a link that is good once, nor sign anybody in by HEAD.
  http.get('/sign-in', { config: { access: 'public', ...rateLimit }, schema: { querystring: SignInQuery }, exposeHeadRoute: false }, async (request, reply) => {
    const { link, to } = request.query;
    // The link is a secret: it must not travel on in a Referer header, nor stay in a cache.
    void reply.header('referrer-policy', 'no-referrer').header('cache-control', 'no-store');
    if (!students.isReusable(link)) return reply.redirect(`/signing-in?${new URLSearchParams({ link, to: localPath(to) }).toString()}`, 303);
    const { secret, expiresAtMs } = students.signIn(link);
    setCookie(reply, publicUrl, secret, expiresAtMs);
    return reply.redirect(localPath(to), 303);
  });
  http.post('/api/session', { config: { access: 'public', ...rateLimit }, schema: { body: SignInRequest, response: { 200: SignedIn } } }, async (request, reply) => {
    const { secret, expiresAtMs } = students.signIn(request.body.link);
    setCookie(reply, publicUrl, secret, expiresAtMs);
    return reply.header('cache-control', 'no-store').send({ to: localPath(request.body.to) });
  });
  http.get('/api/session', { config: { access: 'student' }, schema: { response: { 200: StudentSession } } }, async (request) => {
    const { account, name } = principalOf(request, 'student');
    return { account, name };
  });
  http.delete('/api/session', { config: { access: 'student' } }, async (request, reply) => {
    students.signOut(principalOf(request, 'student'));
    setCookie(reply, publicUrl, '', 0);
    return reply.code(204).send();
  });
  const schema = { params: Type.Object({ room: Slug }), body: PlaybackBody, response: { 200: Playback } };
  http.post('/api/rooms/:room/playback', { config: { access: 'student' }, schema }, async (request, reply) => {
    const student = principalOf(request, 'student');
    const { room } = request.params;
    const renewed = request.body?.renews;
    const place = renewed === undefined ? null : placeOf(tokens, renewed, { account: student.account, room });
    void reply.header('cache-control', 'no-store');
    const issued = issuePlayback(playback, student, room, place);
    keepSignedIn(options, request, reply);
    return issued;
  });
}

/** A bearer token is over when its issuer said. */
function keepSignedIn({ students, publicUrl }: StudentOptions, request: FastifyRequest, reply: FastifyReply): void {
  const secret = bearerOf(request) === null ? cookieOf(request) : null;
  const untilMs = secret === null ? null : students.prolong(principalOf(request, 'student'));
  if (secret !== null && untilMs !== null) setCookie(reply, publicUrl, secret, untilMs);
}

/** An old token that is no good any more is no reason to refuse a new one. */
function placeOf(tokens: TokenReader, token: string, own: { readonly account: string; readonly room: string }): string | null {
  try {
    const { account, room, place } = tokens.viewer(token);
    return account === own.account && room === own.room ? place : null;
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}

function setCookie(reply: FastifyReply, publicUrl: string, value: string, expiresAtMs: number): void {
  const secure = publicUrl.startsWith('https:');
  const cookie = fastifyCookie.serialize(SESSION_COOKIE, value, { path: '/', httpOnly: true, sameSite: 'lax', secure, expires: new Date(expiresAtMs) });
  void reply.header('set-cookie', cookie);
}

/** Only a path of our own: `//elsewhere`, `/\elsewhere` and whole addresses would make a sign-in link a lure. */
export function localPath(to: string | undefined): string {
  if (to === undefined || !/^\/(?![/\\])[\w\-./~?=&%]*$/.test(to)) return '/';
  return to;
}
