import { createApiClient } from '#kit/ui/client/api-client.ts';

/** The campus service that served this page; the session's cookie speaks for who is signed in. */
export const campus = createApiClient();
