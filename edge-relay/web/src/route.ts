export type Route =
  | { readonly page: 'storefront' }
  | { readonly page: 'watch'; readonly room: string }
  | { readonly page: 'replay'; readonly id: string };

/** Which page a path asks for. Anything unknown is the storefront: from there every other can be reached. */
export function routeOf(path: string): Route {
  const [, page, name] = path.split('/');
  if (page === 'watch' && name) return { page, room: decodeURIComponent(name) };
  if (page === 'replay' && name) return { page, id: decodeURIComponent(name) };
  return { page: 'storefront' };
}
