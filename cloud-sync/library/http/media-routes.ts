import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { byteRangeOf } from '../byte-range.ts';
import { vodPlaylist } from '../playlist.ts';
import type { Recording, Recordings, SafePart } from '../recordings.ts';
import { mayBeRead } from '../segments.ts';

export interface MediaRouteDeps {
  readonly libraryDir: string;
  readonly recordings: Recordings;
}

const PartParams = Type.Object({ id: Type.String({ format: 'uuid' }), part: Type.String({ pattern: '^part-[0-9]{3,4}\\.mp4$' }) });
const ListParams = Type.Object({ id: Type.String({ format: 'uuid' }) });
const Query = Type.Object({ grant: Type.String() }, { additionalProperties: false });

/** Replay: a playlist, and byte ranges of the part files it names. Readable from any page, by whoever holds a grant. */
export async function addMediaRoutes(http: Http, { libraryDir, recordings }: MediaRouteDeps): Promise<void> {
  await http.register(async (plain) => {
    const scope = plain.withTypeProvider<TypeBoxTypeProvider>();
    // Errors too: a page can say what is wrong only when it may read the answer.
    scope.addHook('onSend', async (_request, reply, payload) => {
      reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', 'content-length, content-range');
      return payload;
    });
    scope.options('/media/*', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) => {
      void reply.header('access-control-allow-methods', 'GET, HEAD').header('access-control-allow-headers', 'range').header('access-control-max-age', '86400').code(204).send();
    });
    scope.get('/media/:id/index.m3u8', { config: { access: 'media' }, schema: { params: ListParams, querystring: Query } }, (request, reply) => {
      const { parts } = safeRecording(recordings, request.params.id);
      return reply.type('application/vnd.apple.mpegurl').header('cache-control', 'private, max-age=60').send(vodPlaylist(parts, request.query.grant));
    });
    scope.get('/media/:id/:part', { config: { access: 'media' }, schema: { params: PartParams, querystring: Query } }, (request, reply) => {
      const recording = safeRecording(recordings, request.params.id);
      const part = partOf(recording, request.params.part);
      const range = byteRangeOf(request.headers.range, part.bytes);
      reply.type('video/mp4').header('accept-ranges', 'bytes').header('cache-control', 'private, max-age=14400').header('etag', `"${part.sha256}"`);
      if (range === 'unsatisfiable') {
        reply.header('content-range', `bytes */${part.bytes}`);
        throw new CodedError('bad_range', `The file has ${part.bytes} bytes: ask for some of those.`, { status: 416 });
      }
      const { first, last } = range === 'all' ? { first: 0, last: part.bytes - 1 } : range;
      if (recording.redactions.length > 0 && !mayBeRead(part, first, last)) {
        throw new CodedError('redacted', 'The teacher had a piece of this recording erased. Ask for the ranges that the playlist names.', { status: 403 });
      }
      if (range !== 'all') reply.code(206).header('content-range', `bytes ${first}-${last}/${part.bytes}`);
      // Fastify reads what a HEAD would send to its end, which may be all of a day's class.
      const bytes = request.method === 'HEAD' ? Readable.from([]) : createReadStream(join(libraryDir, part.upload), { start: first, end: last });
      return reply.header('content-length', last - first + 1).send(bytes);
    });
  });
}

/** The grant was checked already: only for a recording that was safe when it was issued. */
function safeRecording(recordings: Recordings, id: string): Recording {
  const recording = recordings.get(id);
  if (recording?.safeAtMs == null) throw new CodedError('not_ready', 'There is nothing to play yet.', { status: 404 });
  return recording;
}

function partOf({ parts }: Recording, name: string): SafePart {
  const number = Number(/\d+/.exec(name)?.[0]);
  const part = parts.find((one) => one.track === '' && one.part === number);
  if (!part) throw new CodedError('unknown_part', 'The recording has no such part.', { status: 404 });
  return part;
}
