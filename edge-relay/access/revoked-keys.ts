/** Publishing keys that are no good any more, although their signature is: of a box that campus revoked, whose keys were to last half a day. */
import { CodedError } from '#kit/process/errors.ts';

export class RevokedKeys {
  /** Until when, by the subject of the keys; then they are over by themselves. Only campus adds to it, and tells it again every minute. */
  readonly #untilMs = new Map<string, number>();

  /** @returns whether that is news */
  revoke(owner: string, untilMs: number): boolean {
    const isNews = this.#untilMs.get(owner) !== untilMs;
    this.#untilMs.set(owner, untilMs);
    return isNews;
  }

  /** @throws CodedError 401 `key_revoked` */
  demandGood(owner: string, nowMs: number): void {
    if ((this.#untilMs.get(owner) ?? 0) > nowMs) {
      throw new CodedError('key_revoked', 'This key was revoked. The box has to enrol with campus again.', { status: 401 });
    }
  }

  /** Forgets what is over; called now and then. */
  sweep(nowMs: number): void {
    for (const [owner, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(owner);
  }
}
