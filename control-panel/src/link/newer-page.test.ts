import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadNewerPage } from './newer-page.ts';

const page = (script: string) => `<html><head><script type="module" crossorigin="" src="${script}"></script><link rel="modulepreload" href="/assets/connect-1.js"></head></html>`;
const reload = vi.fn();
let kept: Map<string, string>;

beforeEach(() => {
  reload.mockClear();
  kept = new Map();
  vi.stubGlobal('document', { head: { innerHTML: page('/assets/index-old.js') } });
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('sessionStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => kept.set(key, text) });
});
afterEach(() => void vi.unstubAllGlobals());

const serving = async (answer: () => Response) => {
  vi.stubGlobal('fetch', async () => answer());
  await loadNewerPage();
};

it('loads the page again, once, where the box has another', async () => {
  await serving(() => new Response(page('/assets/index-new.js')));
  expect(reload).toHaveBeenCalledTimes(1);
  await serving(() => new Response(page('/assets/index-new.js')));
  expect(reload).toHaveBeenCalledTimes(1);
});

it.each<[string, () => Response]>([
  ['the same page', () => new Response(page('/assets/index-old.js'))],
  ['a page that is being built', () => new Response('Not yet.', { status: 503 })],
  ['somebody else’s page', () => new Response('<h1>Sign in to the network</h1><script src="/portal.js"></script>')],
  ['nothing', () => { throw new TypeError('unreachable'); }],
])('stays as it is where the answer is %s', async (_, answer) => {
  await serving(answer);
  expect(reload).not.toHaveBeenCalled();
});

it('stays where nothing can be kept, the pairing neither', async () => {
  vi.stubGlobal('sessionStorage', undefined);
  await serving(() => new Response(page('/assets/index-new.js')));
  expect(reload).not.toHaveBeenCalled();
});

it('leaves a page alone that no build wrote', async () => {
  vi.stubGlobal('document', { head: { innerHTML: page('/src/main.ts') } });
  await serving(() => new Response(page('/assets/index-new.js')));
  expect(reload).not.toHaveBeenCalled();
});
