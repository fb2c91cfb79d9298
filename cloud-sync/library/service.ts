import { mkdirSync } from 'node:fs';
import type { FastifyRequest } from 'fastify';
import type { Http } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { authoriseLibrary, type LibraryAccess } from './access.ts';
import { Custody } from './custody.ts';
import { openLibraryDatabase } from './database.ts';
import { EdgeKey } from './edge-key.ts';
import { addMediaRoutes } from './http/media-routes.ts';
import { addRecordingRoutes } from './http/recording-routes.ts';
import { addUploadRoutes } from './http/upload-routes.ts';
import { createRecordings } from './recordings.ts';
import { createTus } from './tus.ts';
import { createUploads } from './uploads.ts';

export type { LibraryAccess } from './access.ts';

export interface LibraryOptions {
  readonly databaseFile: string;
  readonly libraryDir: string;
  /** How viewers reach campus. */
  readonly publicUrl: string;
  /** How campus reaches the edge, for its public key. */
  readonly edgeApiUrl: string;
  readonly campusKeyPem: string;
  readonly grantSecret: string;
  readonly log: Log;
  readonly now: () => number;
}

export interface Library {
  authorise(access: LibraryAccess, request: FastifyRequest): Promise<void>;
  addRoutes(http: Http): Promise<void>;
  close(): void;
}

/**
 * Recordings: uploads, verification, catalogue, replay. Its routes use the accesses of {@link LibraryAccess}, and `catalogue-or-session`
 * where campus's own people may look too.
 */
export function createLibrary(options: LibraryOptions): Library {
  const { libraryDir, publicUrl, grantSecret, campusKeyPem, now, log } = options;
  mkdirSync(libraryDir, { recursive: true });
  const db = openLibraryDatabase(options.databaseFile);
  const [recordings, uploads] = [createRecordings(db), createUploads(db, now)];
  const custody = new Custody({ libraryDir, recordings, uploads, now, log });
  const access = { campusKeyPem, grantSecret, now, edgeKey: new EdgeKey(options.edgeApiUrl, now) };
  return {
    authorise: (name, request) => authoriseLibrary(name, request, access),
    async addRoutes(http) {
      await addUploadRoutes(http, { libraryDir, uploads, recordings, tus: createTus(libraryDir, uploads) });
      addRecordingRoutes(http, { recordings, custody, grantSecret, publicUrl, now });
      await addMediaRoutes(http, { libraryDir, recordings });
    },
    close: () => void db.close(),
  };
}
