export type Route =
  | { readonly page: 'storefront' }
  | { readonly page: 'watch'; readonly room: string }
  | { readonly page: 'replay'; readonly id: string }
  | { readonly page: 'signing-in'; readonly link: string; readonly to: string };

/** Which page an address of ours asks for. Anything unknown is the storefront: from there every other can be reached. */
export function routeOf({ pathname, searchParams }: Pick<URL, 'pathname' | 'searchParams'>): Route {
  const [, page, name] = pathname.split('/');
  if (page === 'watch' && name) return { page, room: decodeURIComponent(name) };
  if (page === 'replay' && name) return { page, id: decodeURIComponent(name) };
  if (page === 'signing-in') return { page, link: searchParams.get('link') ?? '', to: searchParams.get('to') ?? '/' };
  return { page: 'storefront' };
}
