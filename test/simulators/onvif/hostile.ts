import type { ServerResponse } from 'node:http';
import type { OnvifFaults } from './faults.ts';
import { envelope } from './soap.ts';

/** Sends what no camera should, in place of an answer. */
export function answerHostile(kind: NonNullable<OnvifFaults['answer']>, response: ServerResponse): void {
  if (kind === 'endless') return trickle(response);
  response.writeHead(200, { 'content-type': kind === 'html' ? 'text/html' : 'application/soap+xml' });
  response.end(hostileText(kind));
}

function hostileText(kind: Exclude<NonNullable<OnvifFaults['answer']>, 'endless'>): string {
  switch (kind) {
    case 'broken':
      return envelope('<tds:GetServicesResponse><tds:Service>').slice(0, -40);
    case 'huge':
      return envelope(`<a>${'x'.repeat(10 * 1_048_576)}</a>`);
    case 'bomb':
      return `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, level) => `<!ENTITY ${'a'.repeat(level + 2)} "${`&${'a'.repeat(level + 1)};`.repeat(10)}">`).join('')}]><a>&${'a'.repeat(21)};</a>`;
    case 'deep':
      return '<a>'.repeat(200_000);
    case 'html':
      return '<!DOCTYPE html><html><body>401 Unauthorized<br></body></html>';
    case 'empty':
      return '';
  }
}

/** A byte now and then, for as long as somebody listens. */
function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/soap+xml' });
  const timer = setInterval(() => response.write(' '), 200).unref();
  response.once('close', () => clearInterval(timer));
}
