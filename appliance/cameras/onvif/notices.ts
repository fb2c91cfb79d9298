import { find, findAll, textAt, type XmlElement } from './xml.ts';

/** Something that a camera noticed by itself. */
export interface Notice {
  readonly kind: 'motion' | 'tamper' | 'other';
  /** Whether it is so now; null for what only happens. */
  readonly active: boolean | null;
  readonly topic: string;
}

/** Topics of the ONVIF event handling and analytics specifications, in the wild spelt in several ways. */
const KINDS: readonly (readonly [Notice['kind'], RegExp])[] = [
  ['tamper', /tamper|GlobalSceneChange|ImageTooBlurry|ImageTooDark|ImageTooBright/i], ['motion', /motion/i],
];
const MAX_MESSAGES = 64;
const MAX_TOPIC = 160;

/** From `PullMessagesResponse` (core specification, section 9.1.2). */
export function noticesOf(answer: XmlElement): Notice[] {
  return findAll(answer, 'NotificationMessage').slice(0, MAX_MESSAGES).map((message) => {
    const topic = textAt(message, 'Topic').replace(/[\w-]+:/g, '').slice(0, MAX_TOPIC);
    const kind = KINDS.find(([, pattern]) => pattern.test(topic))?.[0] ?? 'other';
    return { kind, active: activeIn(message), topic };
  });
}

function activeIn(message: XmlElement): boolean | null {
  const values = findAll(find(message, 'Message', 'Message', 'Data'), 'SimpleItem').map(({ attributes }) => attributes.get('Value') ?? '');
  const [value] = values.filter((text) => /^(?:true|false|0|1)$/i.test(text));
  return value === undefined ? null : /^(?:true|1)$/i.test(value);
}
