import { join } from 'node:path';
import Type from 'typebox';
import { until } from '#edge-relay/testing/edge.ts';
import { checker } from '#kit/process/check.ts';
import { cpuSecondsOfTree } from '../process-cpu.ts';
import type { BornAt } from './players.ts';
import { ended, OTHER_CPU, pinned, pinnedNode, readLines, SERVER_CPU } from './programs.ts';

export const TRACK = '720p';
export const FOLDER = `/hls/room-1/${TRACK}`;

/** Tokens asked for at a time. */
const AT_A_TIME = 8;
const asEdge = checker(Type.Object({ url: Type.String(), publishToken: Type.String(), session: Type.String() }), 'bad_edge');

export interface HlsStage extends AsyncDisposable {
  readonly port: number;
  /** When each part of the track came to be. */
  readonly bornAt: BornAt;
  /** Of the edge and what runs below it, since it began. */
  cpuSeconds(): number;
  /** Playback tokens, each a viewer of its own. */
  tokens(count: number): Promise<string[]>;
  /** The newest media playlist. */
  playlist(): Promise<string>;
}

/** An edge on a processor of its own with a class in it. */
export async function openStage(): Promise<HlsStage> {
  const edge = pinnedNode(SERVER_CPU, ['edge-main.ts']);
  const bornAt = new Map<string, number>();
  const first = await readLines(edge, (line) => {
    const [track, msn, part, us] = line.split(' ');
    // The last word on a part is of its segment's end, which is not its beginning.
    if (track === TRACK && !bornAt.has(`${msn}.${part}`)) bornAt.set(`${msn}.${part}`, Number(us));
  });
  const { url, publishToken, session } = asEdge(JSON.parse(first));
  const publisher = pinned(OTHER_CPU, [process.execPath, join(import.meta.dirname, '../fanout/publisher-main.ts'), url, publishToken]);
  const tokens = (count: number): Promise<string[]> => playbackTokens(`${url}/api/rooms/room-1/playback`, session, count);
  const [own = ''] = await tokens(1);
  const ask = (): Promise<Response> => fetch(`${url}${FOLDER}/index.m3u8?token=${own}`);
  await until(async () => (await ask()).status === 200);
  const { pid = 0 } = edge;
  return {
    port: Number(new URL(url).port), bornAt, tokens,
    cpuSeconds: () => cpuSecondsOfTree(pid),
    playlist: async () => (await ask()).text(),
    [Symbol.asyncDispose]: async () => {
      for (const child of [publisher, edge]) await ended(child);
    },
  };
}

async function playbackTokens(url: string, session: string, count: number): Promise<string[]> {
  const tokens: string[] = [];
  const take = async (): Promise<void> => {
    while (tokens.length < count) {
      const place = tokens.push('') - 1;
      const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${session}` } });
      tokens[place] = ((await answer.json()) as { token: string }).token;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, take));
  return tokens;
}
