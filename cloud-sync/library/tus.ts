import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { codeOf } from '#kit/process/errors.ts';
import { freeBytes, libraryFull } from './space.ts';
import { newUploadId, uploadIdOf, type Uploads } from './uploads.ts';

/** How tus is told what to answer. */
interface TusRefusal {
  readonly status_code: number;
  readonly body: string;
}

/** Days of the best picture fit. */
const MAX_PART_BYTES = 256 * 2 ** 30;

/**
 * tus 1.0 (creation, creation-defer-length) over the part files themselves. It decides nothing: who may send what was checked before a
 * request comes here. It neither flushes nor checks sums: the manifest does both.
 */
export function createTus(libraryDir: string, uploads: Uploads): Server {
  return new Server({
    path: '/uploads',
    datastore: new FileStore({ directory: libraryDir, configstore: uploads }),
    relativeLocation: true,
    maxSize: MAX_PART_BYTES,
    // Boxes are no browsers: no page of any origin has business here.
    allowedOrigins: () => false,
    namingFunction: (_request, metadata) => newUploadId(metadata?.['recording'] ?? '', { track: metadata?.['track'] ?? '', part: Number(metadata?.['part']) }),
    getFileIdFromRequest: (request) => uploadIdOf(new URL(request.url).pathname) ?? undefined,
    onResponseError: (_request, error) => refusalOf(error, libraryDir),
  });
}

async function refusalOf(error: Error | TusRefusal, libraryDir: string): Promise<TusRefusal> {
  const status = 'status_code' in error ? error.status_code : 500;
  if (status < 500) return coded(status, `tus_${status}`, 'body' in error ? error.body.trim() : error.message);
  const full = codeOf(error) === 'ENOSPC' || (await freeBytes(libraryDir)) === 0;
  const problem = libraryFull();
  return full ? coded(problem.status, problem.code, problem.message) : coded(500, 'internal', 'The bytes could not be written. Ask for the offset (HEAD) and go on from there.');
}

function coded(status_code: number, code: string, message: string): TusRefusal {
  return { status_code, body: JSON.stringify({ error: { code, message } }) };
}
