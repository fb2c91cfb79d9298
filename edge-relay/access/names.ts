/** Names that appear in URLs, checked before anything looks them up. */
import Type from 'typebox';

const SLUG = '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$';
const slug = new RegExp(SLUG);

export const Slug = Type.String({ pattern: SLUG, maxLength: 64, description: 'lower-case letters, digits and dashes, 64 at most' });

/** For names that come from outside HTTP routes (RTMP stream names, token claims). */
export function isSlug(name: string): boolean {
  return slug.test(name);
}
