import type { ApiError } from '#kit/ui/client/api-client.ts';
import { moment } from '#kit/ui/time/format.ts';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { words } from '../words/words.ts';

/** A refusal in the page's language; the service's own sentence where the page has none. */
export function refusalIn({ code, status, message, details }: ApiError): { readonly title: string; readonly text: string } {
  switch (code) {
    case 'too_many_viewers':
      return { title: words.fullTitle, text: words.full };
    case 'another_class': {
      const when = moment(Date.parse(String(details['startsAt'])), Date.now(), language.current);
      return { title: words.waitingTitle, text: words.anotherClass(when) };
    }
    case 'sent_away': {
      const untilMs = Date.parse(String(details['until']));
      const text = Number.isNaN(untilMs) ? words.sentAway : words.sentAwayUntil(moment(untilMs, Date.now(), language.current));
      return { title: words.sentAwayTitle, text };
    }
    case 'edge_full':
      return { title: words.edgeFullTitle, text: words.edgeFull };
    case 'draining':
      return { title: words.movingTitle, text: words.moving };
    case 'class_over':
      return { title: words.ended, text: words.classOver };
    case 'not_on_sale':
      return { title: words.notFound, text: words.notOnSale };
    case 'unknown_room':
      return { title: words.notFound, text: words.unknownRoom };
    case 'unknown_replay':
      return { title: words.notFound, text: words.unknownReplay };
    case 'ticket_revoked':
      return { title: words.failed, text: words.revoked };
  }
  if (status === 429) return { title: words.failed, text: words.busy };
  return { title: status === 404 ? words.notFound : words.failed, text: status === 0 || status >= 500 ? words.away : message };
}
