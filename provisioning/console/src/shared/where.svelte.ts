export type Where =
  | { readonly page: 'fleet' }
  | { readonly page: 'claim'; readonly code: string }
  | { readonly page: 'room'; readonly room: string };

export function whereOf(path: string, query: string): Where {
  const [, page, name] = path.split('/');
  if (page === 'claim') return { page, code: new URLSearchParams(query).get('code') ?? '' };
  if (page === 'rooms' && name) return { page: 'room', room: decodeURIComponent(name) };
  return { page: 'fleet' };
}

export function pathOf(where: Where): string {
  switch (where.page) {
    case 'fleet':
      return '/';
    case 'claim':
      return '/claim';
    case 'room':
      return `/rooms/${encodeURIComponent(where.room)}`;
  }
}

/** The page that is shown, kept in the address so that it can be sent to a colleague. */
export class Navigation {
  #where = $state.raw<Where>(whereOf(location.pathname, location.search));

  constructor() {
    window.addEventListener('popstate', () => (this.#where = whereOf(location.pathname, location.search)));
  }

  get where(): Where {
    return this.#where;
  }

  go(where: Where): void {
    history.pushState(null, '', pathOf(where));
    this.#where = where;
  }
}
