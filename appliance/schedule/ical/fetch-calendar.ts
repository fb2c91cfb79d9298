import { open } from 'node:fs/promises';
import { CodedError, reasonOf } from '#kit/process/errors.ts';

/** What tells whether a calendar changed (RFC 9110, 8.8); empty where its server gives none. A file's size and time stand in the ETag. */
interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}
export interface FetchedCalendar {
  readonly text: string;
  readonly validators: Validators;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 2 * 1024 * 1024;

/** @throws CodedError `calendar_unreachable`, `calendar_refused` or `calendar_too_large`; its address is never in the words, it may be a secret */
export async function fetchCalendar(source: string, known: Validators | null, signal: AbortSignal): Promise<FetchedCalendar | 'unchanged'> {
  return /^https?:/i.test(source) ? fetchUrl(source, known, signal) : readLocal(source, known);
}

async function fetchUrl(source: string, known: Validators | null, signal: AbortSignal): Promise<FetchedCalendar | 'unchanged'> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const { url, headers } = requestOf(source, known);
    const answer = await fetch(url, { headers, signal: limit });
    if (answer.status === 304) return 'unchanged';
    if (!answer.ok) throw refused(answer.status);
    const validators = { etag: answer.headers.get('etag') ?? '', lastModified: answer.headers.get('last-modified') ?? '' };
    return { text: await boundedText(answer), validators };
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('calendar_unreachable', 'The calendar cannot be reached. The last one that was read is used; check the network.', { cause });
  }
}

/** fetch(1) takes no name and password in an address: they go into the header (RFC 7617), in UTF-8 as everybody means them. */
function requestOf(source: string, known: Validators | null): { url: URL; headers: Record<string, string> } {
  const url = new URL(source);
  const headers: Record<string, string> = { accept: 'text/calendar' };
  if (url.username !== '') headers['authorization'] = `Basic ${Buffer.from(decodeURIComponent(`${url.username}:${url.password}`)).toString('base64')}`;
  [url.username, url.password] = ['', ''];
  if (known?.etag) headers['if-none-match'] = known.etag;
  else if (known?.lastModified) headers['if-modified-since'] = known.lastModified;
  return { url, headers };
}

async function boundedText(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_BYTES) throw tooLarge();
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

async function readLocal(file: string, known: Validators | null): Promise<FetchedCalendar | 'unchanged'> {
  try {
    await using handle = await open(file, 'r');
    const { size, mtimeMs } = await handle.stat();
    if (size > MAX_BYTES) throw tooLarge();
    const etag = `${size}-${mtimeMs}`;
    if (known?.etag === etag) return 'unchanged';
    return { text: await handle.readFile('utf8'), validators: { etag, lastModified: '' } };
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('calendar_unreachable', `The calendar's file cannot be read (${reasonOf(cause)}).`, { cause });
  }
}

function refused(status: number): CodedError {
  const words = status === 401 || status === 403 || status === 404 ? 'Its address is wrong or no longer shared: have it corrected.' : 'It is tried again.';
  return new CodedError('calendar_refused', `The calendar's server answers ${status}. ${words}`);
}

function tooLarge(): CodedError {
  return new CodedError('calendar_too_large', 'The calendar is larger than 2 MB. Give this room a calendar of its own.');
}
