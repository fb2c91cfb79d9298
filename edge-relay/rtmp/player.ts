/**
 * One RTMP player. It is given what an HTTP-FLV player of this edge gets, asked for as one: so there is one door, one count of places and one rule for
 * who is slow, and only the framing differs.
 */
import { type ClientRequest, get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSealed } from 'node:https';
import { parse } from 'node:querystring';
import Type from 'typebox';
import { FlvReader, type FlvTag } from '#kit/media/flv.ts';
import { checker } from '#kit/process/check.ts';
import { PLAYER_HEADER } from '../contract/operations.ts';

/** The far end, as the gate has it. */
export interface RtmpPlayer {
  /** It is let in: what follows are tags. */
  begin(): void;
  /** False where it has enough for now: `onDrain` says when it has not. */
  tag(tag: FlvTag): boolean;
  /** With a sentence. Twice is harmless, and so is either after it has gone. */
  refuse(reason: string): void;
  /** When what was given has gone. */
  end(): void;
  onDrain(listener: () => void): void;
  onClosed(listener: () => void): void;
}

const MAX_REFUSAL_BYTES = 64 * 1024;
const NO_ANSWER = 'The class cannot be played right now. Try again in a moment.';
const checkRefusal = checker(Type.Object({ error: Type.Object({ message: Type.String() }) }), 'bad_answer');

/** `edgeUrl` is where this edge serves HTTP, on this machine. */
export function play(edgeUrl: string, room: string, query: string, player: RtmpPlayer): void {
  const request = ask(addressOf(edgeUrl, room, query), (response) => {
    if (response.statusCode === 200) repeat(response, player);
    else void refusalOf(response).then((reason) => player.refuse(reason));
  });
  request.on('error', () => player.refuse(NO_ANSWER));
  player.onClosed(() => request.destroy());
}

function addressOf(edgeUrl: string, room: string, query: string): URL {
  const { token, layer } = parse(query);
  const url = new URL(`/flv/${encodeURIComponent(room)}.flv`, edgeUrl);
  for (const [name, value] of Object.entries({ token, layer })) if (typeof value === 'string') url.searchParams.set(name, value);
  return url;
}

/** Nothing leaves this machine, and its certificate is made out to the name that others know it by. */
function ask(url: URL, onResponse: (response: IncomingMessage) => void): ClientRequest {
  const options = { agent: false, headers: { [PLAYER_HEADER]: 'rtmp' } };
  return url.protocol === 'https:' ? getSealed(url, { ...options, rejectUnauthorized: false }, onResponse) : getPlain(url, options, onResponse);
}

function repeat(response: IncomingMessage, player: RtmpPlayer): void {
  const reader = new FlvReader();
  player.begin();
  response.on('data', (chunk: Buffer) => {
    let hasRoom = true;
    try {
      for (const tag of reader.push(chunk)) hasRoom = player.tag(tag);
    } catch {
      response.destroy();
    }
    // Whoever reads too slowly is then behind at the edge, which leaves out pictures for it.
    if (hasRoom) return;
    response.pause();
    player.onDrain(() => response.resume());
  });
  response.on('error', () => undefined).on('close', () => player.end());
}

async function refusalOf(response: IncomingMessage): Promise<string> {
  try {
    let body = '';
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > MAX_REFUSAL_BYTES) break;
    }
    return checkRefusal(JSON.parse(body)).error.message;
  } catch {
    return NO_ANSWER;
  }
}
