import websocket from '@fastify/websocket';
import { createHttp, type Health, type Http } from '#kit/process/http.ts';
import type { Log } from '#kit/process/log.ts';
import { servePages } from '#kit/process/web.ts';
import type { Registry } from 'prom-client';
import { authoriser } from './authorise.ts';
import { cameraRoutes } from './camera-routes.ts';
import { enrolmentRoutes } from './enrolment-routes.ts';
import { PanelEvents } from './events.ts';
import { onvifRoutes } from './onvif-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { lessonRoutes } from './lesson-routes.ts';
import { macroRoutes } from './macro-routes.ts';
import { PreviewGuests } from './preview-guests.ts';
import { previewRoutes } from './preview-routes.ts';
import { imageRoutes, programRoutes } from './program-routes.ts';
import { rehearsalRoutes } from './rehearsal-routes.ts';
import type { PanelServices } from './services.ts';
import { recordingRoutes } from './recording-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { shareRoutes } from './share-routes.ts';
import { sourceRoutes } from './source-routes.ts';
import { streamRoutes } from './stream-routes.ts';

export interface PanelServerOptions {
  readonly services: PanelServices;
  readonly panelDist: string;
  /** Origins the panel plays from beside its own: the edge, for the return picture. */
  readonly connect: () => readonly string[];
  readonly health: () => Health;
  readonly metrics: Registry;
  readonly log: Log;
}

/** The panel's API and page. Nothing listens yet. */
export async function createPanelServer(options: PanelServerOptions): Promise<{ http: Http; events: PanelEvents }> {
  const { services, log, health, metrics } = options;
  const http = await createHttp({ name: 'appliance', log, health, metrics, authorise: authoriser(services.access, services.allowedHosts) });
  await http.register(websocket, { options: { maxPayload: 8_192 } });
  sessionRoutes(http, services);
  lessonRoutes(http, services);
  recordingRoutes(http, services);
  streamRoutes(http, services);
  programRoutes(http, services);
  shareRoutes(http, services);
  cameraRoutes(http, services);
  macroRoutes(http, services);
  onvifRoutes(http, services);
  enrolmentRoutes(http, services);
  rehearsalRoutes(http, services);
  healthRoutes(http, services);
  sourceRoutes(http, services);
  const guests = new PreviewGuests(services);
  const events = new PanelEvents(services, log, () => guests.recheck());
  events.route(http);
  await http.register(async (scope) => previewRoutes(scope as Http, services, guests));
  await http.register(async (scope) => imageRoutes(scope as Http, services));
  await servePages(http, { dist: options.panelDist, pages: ['/'], connect: options.connect });
  return { http, events };
}
