import { readStored, writeStored } from '#kit/ui/client/stored.ts';

const LOADED_FOR = 'lectern.loaded-for';
/** As `vite build` names a page's script: by its content, so that another build has another. */
const SCRIPT = /<script[^>]+src="(\/assets\/[\w-]+\.js)"/;

/**
 * A screen that nobody ever loads anew would show a box of tomorrow with the page of today. Loads the page again where the box serves one
 * of another build; once for each build, whatever comes of it.
 */
export async function loadNewerPage(): Promise<void> {
  const own = scriptOf(document.head.innerHTML);
  // Whether it is reached, and what it says, is told elsewhere: this is asked again with the next connection.
  const page = await fetch('/', { cache: 'no-store' }).then((answer) => (answer.ok ? answer.text() : ''), () => '');
  const served = scriptOf(page);
  if (served === null || own === null || served === own || readStored(LOADED_FOR, 'tab') === served) return;
  // Where nothing can be kept, neither is the pairing: a page that was loaded again would be a stranger.
  if (writeStored(LOADED_FOR, served, 'tab')) location.reload();
}

function scriptOf(html: string): string | null {
  return SCRIPT.exec(html)?.[1] ?? null;
}
