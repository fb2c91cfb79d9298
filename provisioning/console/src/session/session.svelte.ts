import type { ConsoleSession, SignedIn } from '#provisioning/contract/console.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { campus, isSignedOut } from '../shared/campus.ts';

type State = { readonly kind: 'asking' } | { readonly kind: 'away' } | { readonly kind: 'out'; readonly over: boolean } | { readonly kind: 'in'; readonly who: ConsoleSession };

const RETRY_MS = 3_000;

/** Who is signed in to the console. */
export class Session {
  #state = $state.raw<State>({ kind: 'asking' });

  get state(): State {
    return this.#state;
  }

  /** Asks campus who this is, until it answers. */
  async restore(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#read(signal))) await pause(RETRY_MS, signal);
  }

  /** @throws ApiError as campus refuses it */
  async signIn(email: string, password: string): Promise<void> {
    await campus.post<SignedIn>('/api/session', { email, password });
    await this.restore(new AbortController().signal);
  }

  async signOut(): Promise<void> {
    await campus.delete('/api/session').catch(() => undefined);
    this.#state = { kind: 'out', over: false };
  }

  /** Something was refused: if the session is over, everything is asked for again. */
  ended(): void {
    if (this.#state.kind === 'in') this.#state = { kind: 'out', over: true };
  }

  async #read(signal: AbortSignal): Promise<boolean> {
    try {
      this.#state = { kind: 'in', who: await campus.get<ConsoleSession>('/api/session', { signal }) };
      return true;
    } catch (error) {
      this.#state = isSignedOut(error) ? { kind: 'out', over: false } : { kind: 'away' };
      return this.#state.kind === 'out';
    }
  }
}
