import type { ChildProcess } from 'node:child_process';
import Type from 'typebox';
import { until } from '#edge-relay/testing/edge.ts';
import { checker } from '#kit/process/check.ts';
import { cpuSecondsOfTree } from '../process-cpu.ts';
import type { BornAt } from './players.ts';
import { ended, OTHER_CPU, pinnedNode, readLines, SERVER_CPU } from './programs.ts';

/** As the edge calls the one layer of a publisher that sends one. */
const TRACK = 'source';
export const FOLDER = `/hls/room-1/${TRACK}`;

/** The class is encoded first. */
const LIVE_WITHIN_MS = 60_000;
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
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children.toReversed()) await ended(child);
  };
  try {
    const edge = pinnedNode(SERVER_CPU, ['edge-main.ts']);
    children.push(edge);
    const bornAt = new Map<string, number>();
    const first = await readLines(edge, (line) => {
      const [track, msn, part, us] = line.split(' ');
      // A part is told of again when its segment ends.
      if (track === TRACK && !bornAt.has(`${msn}.${part}`)) bornAt.set(`${msn}.${part}`, Number(us));
    });
    const { url, publishToken, session } = asEdge(JSON.parse(first));
    const publisher = pinnedNode(OTHER_CPU, ['../fanout/publisher-main.ts', url, publishToken]);
    // It says when each frame left.
    publisher.stdout?.resume();
    children.push(publisher);
    const tokens = (count: number): Promise<string[]> => playbackTokens(`${url}/api/rooms/room-1/playback`, session, count);
    const [own = ''] = await tokens(1);
    const ask = (): Promise<Response> => fetch(`${url}${FOLDER}/index.m3u8?token=${own}`);
    await until(async () => (await ask()).status === 200, LIVE_WITHIN_MS);
    const { pid = 0 } = edge;
    const playlist = async (): Promise<string> => (await ask()).text();
    return { port: Number(new URL(url).port), bornAt, tokens, playlist, cpuSeconds: () => cpuSecondsOfTree(pid), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
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
