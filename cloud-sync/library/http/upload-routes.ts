import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Server } from '@tus/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { UploadMetadata } from '../../contract/library.ts';
import type { PartName } from '../../contract/recording-folder.ts';
import { foreignRoom, isOfRoom } from '../access.ts';
import type { Recordings } from '../recordings.ts';
import { freeBytes, libraryFull } from '../space.ts';
import { uploadIdOf, type Uploads } from '../uploads.ts';

export interface UploadRouteDeps {
  readonly libraryDir: string;
  readonly tus: Server;
  readonly uploads: Uploads;
  readonly recordings: Recordings;
}

/** A box killed between creating an upload and noting it leaves one behind: the oldest of a part gives way. */
const MAX_ATTEMPTS = 4;
const checkMetadata = checker(UploadMetadata, 'bad_metadata');

/** `/uploads`: everything that can be refused is refused here, in our words, before tus sees the request. */
export async function addUploadRoutes(http: Http, deps: UploadRouteDeps): Promise<void> {
  const { tus, recordings } = deps;
  const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    await tus.handle(request.raw, reply.raw);
  };
  await http.register(async (scope) => {
    // The body is a stream for tus: nothing here may read it.
    scope.addContentTypeParser('application/offset+octet-stream', (_request, _payload, done) => done(null));
    scope.post('/uploads', { config: { access: 'upload' }, schema: { hide: true } }, async (request, reply) => {
      const { recording, track = '', part, room } = metadataOf(request);
      if (!isOfRoom(request, room)) throw foreignRoom();
      if ((await freeBytes(deps.libraryDir)) === 0) throw libraryFull();
      recordings.own(recording, room);
      if (recordings.get(recording)?.safeAtMs !== null) {
        throw new CodedError('already_safe', 'This recording is verified and closed. Send its manifest to see.', { status: 409 });
      }
      await dropOldest(deps, recording, { track, part: Number(part) });
      await pass(request, reply);
    });
    scope.route({
      method: ['HEAD', 'PATCH'],
      url: '/uploads/*',
      config: { access: 'upload' },
      schema: { hide: true },
      handler: async (request, reply) => {
        const id = uploadIdOf(new URL(request.url, 'http://library').pathname);
        const upload = id === null ? null : deps.uploads.find(id);
        // Another room's upload looks like none at all.
        if (!upload || !isOfRoom(request, upload.room)) throw new CodedError('unknown_upload', 'There is no such upload. Create a new one.', { status: 404 });
        if (request.method === 'PATCH' && bodyBytes(request) > (await freeBytes(deps.libraryDir))) throw libraryFull();
        await pass(request, reply);
      },
    });
    scope.options('/uploads', { config: { access: 'public' }, schema: { hide: true } }, pass);
  });
}

/** What a request wants to have written; of unknown length it is something. Without a byte a length can be declared, however full the disk is. */
function bodyBytes({ headers }: FastifyRequest): number {
  return Number(headers['content-length'] ?? 1);
}

function metadataOf(request: FastifyRequest): ReturnType<typeof checkMetadata> {
  const pairs = String(request.headers['upload-metadata'] ?? '').split(',').map((pair) => pair.trim().split(' '));
  return checkMetadata(Object.fromEntries(pairs.map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString('utf8')])));
}

async function dropOldest({ libraryDir, uploads }: UploadRouteDeps, recording: string, name: PartName): Promise<void> {
  const attempts = uploads.ofPart(recording, name);
  for (const { id } of attempts.slice(0, Math.max(0, attempts.length - MAX_ATTEMPTS + 1))) {
    await rm(join(libraryDir, id), { force: true });
    uploads.forget(id);
  }
}
