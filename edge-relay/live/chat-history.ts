/** What was said in one class: the last of it for who comes, and who said it under which reference, so that nothing is said twice. */
import type { ChatMessage } from '../contract/events.ts';

export interface Said {
  readonly account: string;
  /** The sender's own; nobody else is told. */
  readonly ref: string | undefined;
  readonly atMs: number;
  /** As the others see it. */
  readonly chat: ChatMessage;
}

const SHOWN = 50;
/** Far more than is shown: in a busy class hundreds of messages go by until a page that lost its connection sends again. A few MB at most. */
const REMEMBERED = 5_000;

export class ChatHistory {
  readonly #last: Said[] = [];
  readonly #byRef = new Map<string, Said>();

  add(said: Said): void {
    this.#last.push(said);
    if (this.#last.length > SHOWN) this.#last.shift();
    if (said.ref !== undefined) this.#remember(said.ref, said);
  }

  /** What this account said under this reference, if that is not too long ago. */
  find(account: string, ref: string): Said | undefined {
    return this.#byRef.get(keyOf(account, ref));
  }

  /** The last messages as this account sees them, oldest first; what was said before is another class's. */
  shownTo(account: string, sinceMs: number): ChatMessage[] {
    return this.#last.filter(({ atMs }) => atMs >= sinceMs).map((said) => (said.account === account ? toItsSender(said) : said.chat));
  }

  #remember(ref: string, said: Said): void {
    this.#byRef.set(keyOf(said.account, ref), said);
    if (this.#byRef.size <= REMEMBERED) return;
    const [oldest] = this.#byRef.keys();
    if (oldest !== undefined) this.#byRef.delete(oldest);
  }
}

export function toItsSender({ chat, ref }: Said): ChatMessage {
  return { ...chat, mine: true, ...(ref === undefined ? {} : { ref }) };
}

function keyOf(account: string, ref: string): string {
  return JSON.stringify([account, ref]);
}
