import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { Catalogue, Grant, GrantRequest, Manifest, RecordingEntry, Verdict } from '../../contract/library.ts';
import { RecordingMeta } from '../../contract/recording-folder.ts';
import { foreignRoom, isOfRoom } from '../access.ts';
import type { Custody } from '../custody.ts';
import { issueGrant } from '../grant.ts';
import { verdictOf, type Recordings } from '../recordings.ts';

export interface RecordingRouteDeps {
  readonly recordings: Recordings;
  readonly custody: Custody;
  readonly grantSecret: string;
  readonly publicUrl: string;
  readonly now: () => number;
}

/** A day of one-second fragments is 15 MB of index. */
const MANIFEST_BYTES = 32 * 1024 * 1024;
/** A gap is stated in 150 bytes: an encoder that falls over every other second of a long class makes thousands. */
const DESCRIPTION_BYTES = 4 * 1024 * 1024;
const Id = Type.Object({ id: Type.String({ format: 'uuid' }) });
const CatalogueQuery = Type.Object({ room: Type.Optional(Type.String({ maxLength: 64 })) }, { additionalProperties: false });

/** The catalogue, what boxes say of their recordings, and the edge's grants for viewers. */
export function addRecordingRoutes(http: Http, deps: RecordingRouteDeps): void {
  const { recordings, custody, grantSecret, publicUrl, now } = deps;
  http.put(
    '/api/recordings/:id',
    { config: { access: 'upload' }, bodyLimit: DESCRIPTION_BYTES, schema: { params: Id, body: RecordingMeta, response: { 200: Verdict } } },
    async (request) => {
      const recording = owned(recordings, request, request.params.id, request.body);
      if (recording.safeAtMs === null) recordings.describe(request.body);
      return verdictOf(recording);
    },
  );
  http.put(
    '/api/recordings/:id/manifest',
    { config: { access: 'upload' }, bodyLimit: MANIFEST_BYTES, schema: { params: Id, body: Manifest, response: { 200: Verdict } } },
    async (request) => {
      owned(recordings, request, request.params.id, request.body.meta);
      return custody.accept(request.body);
    },
  );
  http.get(
    '/api/recordings',
    { config: { access: 'catalogue-or-session' }, schema: { querystring: CatalogueQuery, response: { 200: Catalogue } } },
    async (request) => ({ recordings: recordings.newest(request.query.room ?? null) }),
  );
  http.get(
    '/api/recordings/:id',
    { config: { access: 'catalogue-or-session' }, schema: { params: Id, response: { 200: RecordingEntry } } },
    async (request) => {
      const entry = recordings.entry(request.params.id);
      if (entry === null) throw unknownRecording();
      return entry;
    },
  );
  http.post(
    '/api/recordings/:id/grants',
    { config: { access: 'catalogue' }, schema: { params: Id, body: GrantRequest, response: { 201: Grant } } },
    async (request, reply) => {
      const { id } = request.params;
      const recording = recordings.get(id);
      if (!recording) throw unknownRecording();
      if (recording.safeAtMs === null) throw new CodedError('not_ready', 'This recording is still on its way from the classroom. Try again in a moment.', { status: 409 });
      const { grant, expiresAtMs } = issueGrant(grantSecret, id, request.body.viewer, now());
      return reply.code(201).send({ playlist: `${publicUrl}/media/${id}/index.m3u8?grant=${encodeURIComponent(grant)}`, expiresAt: new Date(expiresAtMs).toISOString() });
    },
  );
}

function owned(recordings: Recordings, request: FastifyRequest, id: string, meta: RecordingMeta) {
  if (meta.id !== id) throw new CodedError('bad_request', "The recording's id is not that of the address.", { status: 400 });
  if (!isOfRoom(request, meta.room)) throw foreignRoom();
  recordings.own(id, meta.room);
  const recording = recordings.get(id);
  if (!recording) throw unknownRecording();
  return recording;
}

function unknownRecording(): CodedError {
  return new CodedError('unknown_recording', 'There is no such recording.', { status: 404 });
}
