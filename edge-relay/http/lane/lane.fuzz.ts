/** Whatever the lane takes must mean to it what it means to everybody else; whatever it does not take must come to the server behind it as it came. */
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { bent, type FuzzTarget, pieces } from '#kit/testing/fuzz.ts';
import { below, type Random } from '#kit/testing/random.ts';
import { type Ask, readAsk } from './ask.ts';
import { LaneConnection } from './connection.ts';

const SIG = 'a_-'.repeat(14) + 'Z';
const PLAYLIST = 'GET /hls/room-1/720p/index.m3u8?token=a.b.c&_HLS_msn=1790000000&_HLS_part=3&_HLS_skip=YES HTTP/1.1\r\nHost: edge\r\n\r\n';
const PART = `GET /hls/room-1/720p/part-12.3.m4s?sig=${SIG}&until=1790000000 HTTP/1.1\r\nHost: edge:8090\r\nConnection: keep-alive\r\nAccept-Encoding: gzip\r\n\r\n`;
const INIT = `GET /hls/room-1/audio/init-0.mp4?sig=${SIG}&until=1790000000 HTTP/1.1\r\nRange: bytes=0-\r\nhost: [::1]\r\n\r\n`;
const SEEDS = [PLAYLIST, PART, INIT, PLAYLIST + PART, PART + INIT + 'POST /whep/room-1 HTTP/1.1\r\nHost: edge\r\nContent-Length: 2\r\n\r\nhi', `${PART}GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n`];
/** What makes two who read the same disagree about where a request ends, and whose it is. */
const DOUBTS = [
  'Content-Length: 5\r\n', 'content-length : 5\r\n', 'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding:\tchunked\r\n', 'Host: other\r\n', ' folded\r\n', '\tfolded\r\n', 'Connection: close\r\n',
  'Connection: upgrade\r\nUpgrade: h2c\r\n', 'Expect: 100-continue\r\n', 'Trailer: x\r\n', 'x\r\n', ':\r\n', 'x: \x00\r\n', 'x: \xe4\r\n', '\r', '\n', '\r\n', '\r\n\r\n', '\x0b', ' ', '\t', '#', '%2e', '\u2028',
];
const HEAD_END = '\r\n\r\n';
const AFTER = '/after';
/** Only comes to be seen where everything before it is over. */
const LAST = Buffer.from(`GET ${AFTER} HTTP/1.1\r\nHost: edge\r\n\r\n`);
const ANSWER = { body: Buffer.from('body'), contentType: 'video/mp4', maxAgeSeconds: 300 };

export const laneTarget: FuzzTarget = {
  name: 'hls-lane',
  seeds: () => SEEDS.map((seed) => Buffer.from(seed, 'latin1')),
  hurt: (seed, random) => (random() < 0.5 ? bent(seed, random) : doubted(seed, random)),
  feed: async (input, random) => {
    const { asks, rest, isOver } = throughLane(pieces(input, random));
    const taken = input.subarray(0, input.length - rest.length);
    if (!input.subarray(taken.length).equals(rest)) throw new Error('handed over something else than came');
    // It waits for nothing that is there.
    if (!isOver && (await asNodeReads(input)).length > asks.length) throw new Error('it waits for more of a request that is whole');
    if (asks.length === 0) return;
    for (const ask of asks) demandTruth(ask, taken.toString('latin1'));
    const urls = await asNodeReads(Buffer.concat([taken, LAST]));
    const meant = urls.slice(0, -1).map(readAsk);
    if (urls.at(-1) !== AFTER || JSON.stringify(meant) !== JSON.stringify(asks)) throw new Error(`node reads ${JSON.stringify(urls)}`);
  },
};

function doubted(seed: Buffer, random: Random): Buffer {
  const doubt = Buffer.from(DOUBTS[below(DOUBTS.length, random)] ?? '', 'latin1');
  const lines = [...seed.toString('latin1').matchAll(/\r\n/g)].map(({ index }) => index + 2);
  const at = random() < 0.7 ? (lines[below(lines.length, random)] ?? 0) : below(seed.length + 1, random);
  return Buffer.concat([seed.subarray(0, at), doubt, seed.subarray(at)]);
}

/** What it asked for, and what it left of the input: handed over, or not looked at yet. */
function throughLane(input: readonly Buffer[]): { asks: readonly Ask[]; rest: Buffer; isOver: boolean } {
  const asks: Ask[] = [];
  const rest: Buffer[] = [];
  const socket = silent();
  let isOver = false;
  const connection = new LaneConnection(socket, {
    limits: { headSeconds: 1, keepAliveSeconds: 1, takeSeconds: 1 },
    ask: (ask, asker) => {
      asks.push(ask);
      asker.answer(ANSWER);
      return () => undefined;
    },
    found: () => ANSWER.body, refusal: () => ANSWER.body, left: () => undefined,
    handOver: () => {
      isOver = true;
    },
  });
  for (const piece of input) {
    if (isOver) rest.push(piece);
    else socket.emit('data', piece);
  }
  if (isOver) rest.unshift((socket.read() as Buffer | null) ?? Buffer.alloc(0));
  connection.close();
  return { asks, isOver, rest: isOver ? Buffer.concat(rest) : unfinished(Buffer.concat(input)) };
}

/** Behind the last whole head. */
function unfinished(input: Buffer): Buffer {
  const end = input.lastIndexOf(HEAD_END);
  return input.subarray(end < 0 ? 0 : end + HEAD_END.length);
}

function demandTruth(ask: Ask, taken: string): void {
  const path = ask.kind === 'part' ? `/hls/${ask.room}/${ask.name}` : `/hls/${ask.room}/${ask.track}/index.m3u8`;
  const asked = ask.kind === 'part' ? { sig: ask.sig, until: ask.until } : { token: ask.token, _HLS_msn: ask.directives.msn, _HLS_part: ask.directives.part };
  const found = [...taken.matchAll(/GET (\S+)/g)].some(([, target = '']) => {
    const { pathname, searchParams } = new URL(target, 'http://edge');
    return pathname === path && Object.entries(asked).every(([name, value]) => {
      const [given] = searchParams.getAll(name);
      return value === (typeof value === 'number' ? Number(given) : given);
    });
  });
  if (!found) throw new Error(`nobody asked for ${JSON.stringify(ask)}`);
}

const urls: string[] = [];
const node = createServer((request) => void urls.push(request.url ?? ''));

/** What a server of node's reads. */
async function asNodeReads(bytes: Buffer): Promise<readonly string[]> {
  urls.length = 0;
  const socket = silent();
  node.emit('connection', socket);
  socket.push(bytes);
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  return [...urls];
}

function silent(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
}
