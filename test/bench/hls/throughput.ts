import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Type from 'typebox';
import { runNginx } from '#edge-relay/testing/nginx.ts';
import { checker } from '#kit/process/check.ts';
import { cpuSecondsOfTree } from '../process-cpu.ts';
import { ended, hammer, HOST, pinnedNode, readLines, SERVER_CPU } from './programs.ts';
import { FOLDER, type HlsStage } from './stage.ts';

const CONNECTIONS = 64;
const SECONDS = 3;
/** What the field's figures for servers of this kind are taken with. */
const BYTES = 47_000;

const asServer = checker(Type.Object({ url: Type.String() }), 'bad_server');

/** One figure a run. */
export interface Served {
  readonly answersASecond: readonly number[];
  /** Processor time of the whole server for one answer: what counts where the machine has other things to do as well. */
  readonly usAnAnswer: readonly number[];
}

interface Server {
  readonly urlOf: () => Promise<string>;
  readonly cpuSeconds: () => number;
  /** Share of a processor that it takes without being asked anything. */
  readonly idleShare: number;
}

async function served(program: string, runs: number, { urlOf, cpuSeconds, idleShare }: Server): Promise<Served> {
  const [answersASecond, usAnAnswer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    const url = await urlOf();
    const [before, beganAt] = [cpuSeconds(), performance.now()];
    const { answers, seconds } = await hammer(program, { url, connections: CONNECTIONS, seconds: SECONDS });
    const cpu = cpuSeconds() - before - (idleShare * (performance.now() - beganAt)) / 1_000;
    answersASecond.push(answers / seconds);
    usAnAnswer.push((cpu * 1e6) / answers);
  }
  return { answersASecond, usAnAnswer };
}

/** A part of the class under its signature, from the edge, which goes on taking the class in. */
export async function ours(stage: HlsStage, program: string, runs: number): Promise<Served & { bytes: number; idleShare: number }> {
  const found = await partOfSize(stage);
  // A part is there for 72 s: perhaps another one for each run.
  const urlOf = async (): Promise<string> => {
    const uri = new RegExp(`URI="(${found.name}\\?[^"]+)"`).exec(await stage.playlist())?.[1];
    return `http://${HOST}:${stage.port}${FOLDER}/${uri ?? (await partOfSize(stage, found.bytes)).uri}`;
  };
  const before = stage.cpuSeconds();
  await delay(SECONDS * 1_000);
  const idleShare = (stage.cpuSeconds() - before) / SECONDS;
  return { ...(await served(program, runs, { urlOf, cpuSeconds: () => stage.cpuSeconds(), idleShare })), bytes: found.bytes, idleShare };
}

/** The listed part whose size is nearest. */
async function partOfSize(stage: HlsStage, wanted = BYTES): Promise<{ name: string; uri: string; bytes: number }> {
  const uris = [...(await stage.playlist()).matchAll(/EXT-X-PART:[^\n]*URI="([^"]+)"/g)].map(([, uri = '']) => uri);
  const parts = await Promise.all(uris.map(async (uri) => {
    const body = await (await fetch(`http://${HOST}:${stage.port}${FOLDER}/${uri}`)).arrayBuffer();
    return { name: uri.split('?')[0] ?? '', uri, bytes: body.byteLength };
  }));
  const [nearest] = parts.toSorted((one, other) => Math.abs(one.bytes - wanted) - Math.abs(other.bytes - wanted));
  if (nearest === undefined) throw new Error('the playlist lists no parts');
  return nearest;
}

/** The same number of bytes from memory by Fastify alone. */
export async function plainFastify(program: string, bytes: number, runs: number): Promise<Served> {
  const child = pinnedNode(SERVER_CPU, ['fastify-main.ts', String(bytes)]);
  try {
    const { url } = asServer(JSON.parse(await readLines(child)));
    return await served(program, runs, { urlOf: async () => `${url}/part`, cpuSeconds: () => cpuSecondsOfTree(child.pid ?? 0), idleShare: 0 });
  } finally {
    await ended(child);
  }
}

/** The same number of bytes from the page cache by nginx with one worker. */
export async function plainNginx(program: string, bytes: number, runs: number): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  writeFileSync(join(folder, 'part'), randomBytes(bytes));
  const site = (ports: { http: number }): string => `open_file_cache max=10; server { listen ${HOST}:${ports.http}; root ${folder}; keepalive_requests 1000000000; }`;
  await using nginx = await runNginx(folder, site, ['taskset', '-c', String(SERVER_CPU)]);
  return await served(program, runs, { urlOf: async () => `http://${HOST}:${nginx.ports.http}/part`, cpuSeconds: () => cpuSecondsOfTree(nginx.pid), idleShare: 0 });
}
