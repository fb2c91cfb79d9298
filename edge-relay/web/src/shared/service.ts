import { createApiClient } from '#kit/ui/client/api-client.ts';

/** The edge that served this page; the session's cookie speaks for the student. */
export const service = createApiClient();
