import { CodedError } from '#kit/process/errors.ts';
import { noticesOf, type Notice } from './notices.ts';
import type { OnvifClient, Operation } from './onvif-client.ts';
import { ownAddress } from './services.ts';
import { SoapFault } from './soap.ts';
import { textAt, type XmlElement } from './xml.ts';

/** The library asks for a pull of a minute; cameras answer a little later than they should. */
const PULL_TIMEOUT_MS = 75_000;

interface Subscription {
  readonly at: URL;
  /** What Axis cameras want to see again. */
  readonly id: string | null;
}

/**
 * Hears what a camera notices, through one subscription that is renewed after every answer. Rejects when the camera breaks it off: whoever
 * runs this begins again, later and later. The subscription is given back at the end, for cameras have few.
 */
export async function pullNotices(client: OnvifClient, heard: (notice: Notice) => void, signal: AbortSignal): Promise<void> {
  const subscription = subscriptionOf(await client.ask((cam) => cam.createPullPointSubscription(() => undefined)), client.device);
  let renewable = true;
  try {
    while (!signal.aborted) {
      const answer = await untilAborted(onSubscription(client, subscription, (cam) => cam.pullMessages({ messageLimit: 32 }, () => undefined), PULL_TIMEOUT_MS), signal);
      if (answer === null) return;
      noticesOf(answer).forEach(heard);
      renewable &&= await renewed(client, subscription);
    }
  } finally {
    await onSubscription(client, subscription, (cam) => cam.unsubscribe(() => undefined)).catch(() => undefined);
  }
}

function subscriptionOf(answer: XmlElement, device: URL): Subscription {
  const at = ownAddress(textAt(answer, 'SubscriptionReference', 'Address'), device);
  if (at === null) throw new CodedError('camera_bad_answer', 'The camera made a subscription without an address.', { status: 502 });
  return { at, id: textAt(answer, 'SubscriptionReference', 'ReferenceParameters', 'SubscriptionId') || null };
}

/** False for a camera that cannot renew: pulling is enough for some, and for the others the next pull fails. */
async function renewed(client: OnvifClient, subscription: Subscription): Promise<boolean> {
  try {
    await onSubscription(client, subscription, (cam) => cam.renew({}, () => undefined));
    return true;
  } catch (error) {
    if (error instanceof SoapFault && error.isUnsupported) return false;
    throw error;
  }
}

function onSubscription(client: OnvifClient, { at, id }: Subscription, operation: Operation, timeoutMs?: number): Promise<XmlElement> {
  const reference = { address: { href: at.href }, ...(id === null ? {} : { referenceParameters: { subscriptionId: id } }) };
  const options = { at, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return client.ask((cam) => {
    cam.events = { subscription: { subscriptionReference: reference } };
    operation(cam);
  }, options);
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => resolve(null);
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
