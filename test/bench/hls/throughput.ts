import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import { runNginx } from '#edge-relay/testing/nginx.ts';
import { checker } from '#kit/process/check.ts';
import { ended, hammer, HOST, pinnedNode, readLines, SERVER_CPU } from './programs.ts';
import { FOLDER, type HlsStage } from './stage.ts';

const CONNECTIONS = 64;
const SECONDS = 3;
/** What the field's figures for servers of this kind are taken with. */
const BYTES = 47_000;

const asServer = checker(Type.Object({ url: Type.String() }), 'bad_server');

/** Answers a second, one figure a run. */
type Rates = readonly number[];

async function rates(program: string, runs: number, urlOf: () => Promise<string>): Promise<Rates> {
  const all: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { answers, seconds } = await hammer(program, { url: await urlOf(), connections: CONNECTIONS, seconds: SECONDS });
    all.push(answers / seconds);
  }
  return all;
}

/** A part of the class under its signature, from the edge, which goes on taking the class in. */
export async function ours(stage: HlsStage, program: string, runs: number): Promise<{ rates: Rates; bytes: number }> {
  const found = await partOfSize(stage);
  // A signature lives 24 s: a new one for each run.
  const urlOf = async (): Promise<string> => {
    const uri = new RegExp(`URI="(${found.name}\\?[^"]+)"`).exec(await stage.playlist())?.[1];
    return `http://${HOST}:${stage.port}${FOLDER}/${uri ?? (await partOfSize(stage, found.bytes)).uri}`;
  };
  return { rates: await rates(program, runs, urlOf), bytes: found.bytes };
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
export async function plainFastify(program: string, bytes: number, runs: number): Promise<Rates> {
  const child = pinnedNode(SERVER_CPU, ['fastify-main.ts', String(bytes)]);
  try {
    const { url } = asServer(JSON.parse(await readLines(child)));
    return await rates(program, runs, async () => `${url}/part`);
  } finally {
    await ended(child);
  }
}

/** The same number of bytes from the page cache by nginx with one worker. */
export async function plainNginx(program: string, bytes: number, runs: number): Promise<Rates> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  writeFileSync(join(folder, 'part'), randomBytes(bytes));
  const site = (ports: { http: number }): string => `open_file_cache max=10; server { listen ${HOST}:${ports.http}; root ${folder}; keepalive_requests 1000000000; }`;
  await using nginx = await runNginx(folder, site, ['taskset', '-c', String(SERVER_CPU)]);
  return await rates(program, runs, async () => `http://${HOST}:${nginx.ports.http}/part`);
}
