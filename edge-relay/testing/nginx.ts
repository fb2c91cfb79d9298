/** A real nginx with the configuration that the product ships, in a folder of its own, for `await using`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthorityKeys, createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { freePort } from '#kit/testing/free-port.ts';
import { until } from './edge.ts';

interface Nginx extends AsyncDisposable {
  readonly ports: Ports;
  readonly pid: number;
}

interface Ports {
  readonly http: number;
  readonly https: number;
  /** Into the HTTPS server without TLS, for clients that only count. */
  readonly bare: number;
}

export interface TestNginx extends Nginx {
  readonly authority: AuthorityKeys;
  /** What it wrote to its logs so far. */
  logs(): string;
}

export interface NginxOptions {
  /** Port of the edge, or of who records in front of it. */
  readonly origin: number;
  /** Replacements in the shipped configuration, beside those of addresses, ports and paths. */
  readonly adjust?: Readonly<Record<string, string>>;
  /** Put before the command, e.g. to keep it to a processor. */
  readonly before?: readonly string[];
}

const SHIPPED = new URL('../nginx/lectern.conf', import.meta.url);
const LIVE = '/etc/letsencrypt/live/live.school.example/';
const LISTENS = 'listen 80;\n    listen [::]:80;';
const LISTENS_TLS = 'listen 443 ssl http2;\n    listen [::]:443 ssl http2;';
/** Another program may take a free port before nginx does. */
const TRIES = 5;

export async function startNginx({ before = [], ...options }: NginxOptions): Promise<TestNginx> {
  const authority = await createAuthority('CN=Test authority', Date.now());
  const { certificatePem, keyPem } = await issueForServer(authority, 'CN=localhost', ['localhost', '127.0.0.1'], Date.now());
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  mkdirSync(join(folder, 'log'));
  writeFileSync(join(folder, 'fullchain.pem'), certificatePem);
  writeFileSync(join(folder, 'privkey.pem'), keyPem);
  const nginx = await runNginx(folder, (ports) => shipped(folder, ports, options), before);
  const logs = (): string => ['lectern.log', 'lectern-error.log'].map((name) => readFileSync(join(folder, 'log', name), 'utf8')).join('');
  return { ...nginx, authority, logs };
}

/** Runs nginx with what `http` writes into its http block, which listens at `ports.http` in any case. The folder is its own, and gone with it. */
export async function runNginx(folder: string, http: (ports: Ports) => string, before: readonly string[] = []): Promise<Nginx> {
  for (let left = TRIES; ; left -= 1) {
    const ports = { http: await freePort(), https: await freePort(), bare: await freePort() };
    writeFileSync(join(folder, 'nginx.conf'), mainConfig(folder, http(ports)));
    const [command = '', ...args] = [...before, 'nginx', '-p', folder, '-c', join(folder, 'nginx.conf')];
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (text: Buffer) => (words += text.toString()));
    const stop = async (): Promise<void> => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    };
    const outcome = await until(async () => (child.exitCode === null ? (await accepts(ports.http)) && 'up' : 'ended'));
    if (outcome === 'up') return { ports, pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
    if (left <= 1 || !words.includes('in use')) throw new Error(`nginx did not start: ${words}`);
  }
}

function shipped(folder: string, ports: Ports, { origin, adjust = {} }: Pick<NginxOptions, 'origin' | 'adjust'>): string {
  const replacements = {
    '127.0.0.1:8090': `127.0.0.1:${origin}`, [LISTENS]: `listen 127.0.0.1:${ports.http};`, [LISTENS_TLS]: `listen 127.0.0.1:${ports.https} ssl http2; listen 127.0.0.1:${ports.bare};`,
    [LIVE]: `${folder}/`, '/run/lectern-': `${folder}/cache-`, '/var/log/nginx/': `${folder}/log/`, ...adjust,
  };
  let text = readFileSync(SHIPPED, 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`lectern.conf has no ${from}`);
    text = text.replaceAll(from, () => to);
  }
  return text;
}

/** What Debian's own `nginx.conf` is to the shipped file. */
function mainConfig(folder: string, site: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user} daemon off; pid ${folder}/pid; error_log stderr error; worker_processes 1; worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http { access_log off; sendfile on; tcp_nopush on; ${paths.join(' ')}
${site}
}
`;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(late);
}
