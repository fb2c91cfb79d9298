import type { IncomingMessage } from 'node:http';
import { readAsk } from './ask.ts';
import { readHead } from './head.ts';

/** Whether the lane would have read this, had it come first on its connection. */
export function isForLane({ method, url, httpVersion, rawHeaders }: Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>): boolean {
  const fields = rawHeaders.reduce((text, word, at) => text + word + (at % 2 === 0 ? ': ' : '\r\n'), '');
  const head = readHead(Buffer.from(`${method} ${url} HTTP/${httpVersion}\r\n${fields}\r\n`, 'latin1'));
  return head !== null && head !== 'unfinished' && readAsk(head.target) !== null;
}
