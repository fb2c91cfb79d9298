/** A real TURN server (coturn) that shares a secret with whoever makes credentials, for `await using`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startChild } from '#kit/process/child.ts';
import { freePort } from '#kit/testing/free-port.ts';

export interface TestTurnServer extends AsyncDisposable {
  readonly port: number;
  /** What it wrote to its log so far. */
  readonly log: readonly string[];
}

const ADDRESS = '127.0.0.1';
const UP = 'SQLite DB connection success';
/** Another program may take a free port before it does; it then waits for it, as says so. */
const TAKEN = 'Address already in use';
const TRIES = 5;

export async function startTurnServer(secret: string): Promise<TestTurnServer> {
  for (let left = TRIES; ; left -= 1) {
    const server = await tryToStart(secret);
    if (server !== null) return server;
    if (left <= 1) throw new Error('turnserver did not start.');
  }
}

async function tryToStart(secret: string): Promise<TestTurnServer | null> {
  const folder = mkdtempSync(join(tmpdir(), 'turn-'));
  const port = await freePort();
  const over = new AbortController();
  const child = startChild('turnserver', argumentsOf(folder, port, secret), { signal: over.signal, name: 'test-turn', stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async (): Promise<void> => {
    over.abort();
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const log: string[] = [];
  if (child.process.stdout === null) throw new Error('turnserver has no standard output.');
  const { promise: isUp, resolve } = Promise.withResolvers<boolean>();
  const lines = createInterface({ input: child.process.stdout });
  lines.on('line', (line) => {
    log.push(line);
    if (line.includes(UP)) resolve(true);
    if (line.includes(TAKEN)) resolve(false);
  });
  lines.on('close', () => resolve(false));
  if (await isUp) return { port, log, [Symbol.asyncDispose]: stop };
  await stop();
  return null;
}

/** As the edge's README says, but for loopback: it relays to nobody but the edge. */
function argumentsOf(folder: string, port: number, secret: string): string[] {
  return [
    '-n', '--verbose', '--log-file', 'stdout', '--simple-log', '--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'turndb'),
    '--listening-ip', ADDRESS, '--listening-port', String(port), '--relay-ip', ADDRESS, '--no-tls', '--no-dtls', '--no-cli', '--no-rfc5780',
    '--realm', 'school.test', '--use-auth-secret', '--static-auth-secret', secret,
    '--denied-peer-ip', '0.0.0.0-255.255.255.255', '--allowed-peer-ip', ADDRESS, '--allow-loopback-peers',
  ];
}
