import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/panel-access.ts';
import { bearerOf } from './authorise.ts';
import type { PanelServices } from './services.ts';

/** Previews that were begun by the PIN: they end with its hour, and when it is changed. */
export class PreviewGuests {
  readonly #services: Pick<PanelServices, 'access' | 'preview'>;
  readonly #tokens = new Map<string, string>();

  constructor(services: Pick<PanelServices, 'access' | 'preview'>) {
    this.#services = services;
  }

  /** @param id of the preview that the request began */
  began(id: string, request: FastifyRequest): void {
    if ((request.principal as Principal | null)?.kind === 'pin') this.#tokens.set(id, bearerOf(request));
  }

  /** Called now and then. */
  recheck(): void {
    for (const [id, token] of this.#tokens) {
      if (this.#services.access.principalOf(token) !== null) continue;
      this.#tokens.delete(id);
      this.#services.preview.close(id);
    }
  }
}
