import type { XmlElement } from '#appliance/cameras/onvif/xml.ts';
import { textAt } from '#appliance/cameras/onvif/xml.ts';
import type { SimulatedCamera } from './camera.ts';
import { badArgument, unsupported } from './soap.ts';

export type NoticeKind = 'motion' | 'tamper';

const TOPICS: Readonly<Record<NoticeKind, readonly [string, string]>> = {
  motion: ['tns1:RuleEngine/CellMotionDetector/Motion', 'IsMotion'],
  tamper: ['tns1:VideoSource/GlobalSceneChange/ImagingService', 'State'],
};
const MAX_SUBSCRIPTIONS = 4;
const MAX_QUEUED = 50;
const MINUTE_MS = 60_000;

interface Subscription {
  readonly queue: string[];
  endsAtMs: number;
  wake: () => void;
}

/** Event service with pull points (core specification, section 9). Subscriptions are few, as in cameras, and end when nobody renews them. */
export class EventService {
  readonly #camera: SimulatedCamera;
  readonly #subscriptions = new Map<string, Subscription>();
  #made = 0;

  constructor(camera: SimulatedCamera) {
    this.#camera = camera;
  }

  get open(): number {
    return this.#subscriptions.size;
  }

  notice(kind: NoticeKind, active: boolean): void {
    for (const { queue, wake } of this.#subscriptions.values()) {
      queue.push(message(kind, active, this.#camera.nowMs()));
      if (queue.length > MAX_QUEUED) queue.shift();
      wake();
    }
  }

  create(origin: string): string {
    this.#prune();
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) throw badArgument('InvalidFilterFault', 'Too many subscriptions');
    this.#made += 1;
    const endsAtMs = Date.now() + 2 * MINUTE_MS;
    this.#subscriptions.set(String(this.#made), { queue: [], endsAtMs, wake: () => undefined });
    const reference = `<tev:SubscriptionReference><wsa:Address>${origin}/onvif/subscription?id=${this.#made}</wsa:Address></tev:SubscriptionReference>`;
    return `<tev:CreatePullPointSubscriptionResponse>${reference}${this.#times(endsAtMs)}</tev:CreatePullPointSubscriptionResponse>`;
  }

  async answer(request: XmlElement, id: string, signal: AbortSignal): Promise<string> {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) throw badArgument('ResourceUnknownFault', 'No such subscription');
    switch (request.name) {
      case 'PullMessages':
        return await this.#pull(id, subscription, textAt(request, 'Timeout'), signal);
      case 'Renew':
        if (this.#camera.faults.noRenew === true) throw unsupported();
        subscription.endsAtMs = Date.now() + 2 * MINUTE_MS;
        return `<wsnt:RenewResponse>${this.#times(subscription.endsAtMs, 'wsnt')}</wsnt:RenewResponse>`;
      case 'Unsubscribe':
        this.#subscriptions.delete(id);
        subscription.wake();
        return '<wsnt:UnsubscribeResponse/>';
      default:
        throw unsupported();
    }
  }

  async #pull(id: string, subscription: Subscription, timeout: string, signal: AbortSignal): Promise<string> {
    const waitMs = /^PT1M$/.test(timeout) ? MINUTE_MS : Number(/^PT([0-9.]+)S$/.exec(timeout)?.[1] ?? 1) * 1_000;
    if (subscription.queue.length === 0) await woken(subscription, waitMs, signal);
    if (this.#camera.faults.losesSubscription === true) {
      this.#camera.faults = { ...this.#camera.faults, losesSubscription: false };
      this.#subscriptions.delete(id);
    }
    if (!this.#subscriptions.has(id)) throw badArgument('ResourceUnknownFault', 'No such subscription');
    return `<tev:PullMessagesResponse>${this.#times(subscription.endsAtMs)}${subscription.queue.splice(0).join('')}</tev:PullMessagesResponse>`;
  }

  #times(endsAtMs: number, prefix = 'tev'): string {
    const [now, end] = [new Date(this.#camera.nowMs()), new Date(endsAtMs + (this.#camera.faults.clockSkewMs ?? 0))].map((date) => date.toISOString());
    return `<${prefix}:CurrentTime>${now}</${prefix}:CurrentTime><${prefix}:TerminationTime>${end}</${prefix}:TerminationTime>`;
  }

  #prune(): void {
    for (const [id, { endsAtMs }] of this.#subscriptions) if (endsAtMs < Date.now()) this.#subscriptions.delete(id);
  }
}

function woken(subscription: Subscription, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs).unref();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    subscription.wake = done;
    signal.addEventListener('abort', done, { once: true });
  });
}

function message(kind: NoticeKind, active: boolean, atMs: number): string {
  const [topic, item] = TOPICS[kind];
  const source = '<tt:Source><tt:SimpleItem Name="VideoSourceConfigurationToken" Value="vsc"/></tt:Source>';
  const data = `<tt:Data><tt:SimpleItem Name="${item}" Value="${active}"/></tt:Data>`;
  const inside = `<tt:Message UtcTime="${new Date(atMs).toISOString()}" PropertyOperation="Changed">${source}${data}</tt:Message>`;
  const dialect = 'http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet';
  return `<wsnt:NotificationMessage><wsnt:Topic Dialect="${dialect}">${topic}</wsnt:Topic><wsnt:Message>${inside}</wsnt:Message></wsnt:NotificationMessage>`;
}
