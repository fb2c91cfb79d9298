/** Debian's Firefox as it is, driven by the WebDriver BiDi that it has built in, for `await using`. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, startChild } from '#kit/process/child.ts';

export interface TestFirefox extends AsyncDisposable {
  readonly version: string;
  open(url: string): Promise<FirefoxPage>;
}

export interface FirefoxPage {
  /** Evaluates an expression, waits for a promise, and answers what JSON can carry of it. */
  evaluate<T>(expression: string): Promise<T>;
  /** What the page wrote to its console, and errors that nobody caught. */
  readonly console: readonly string[];
}

/**
 * Folder with Cisco's OpenH264 as a plugin (`libgmpopenh264.so` and `gmpopenh264.info`, as `make plugin` of openh264 leaves them). Firefox fetches it by itself
 * a minute after its first start, and has no H.264 for WebRTC without it; it comes with neither Debian nor npm.
 */
const PLUGIN = process.env['LECTERN_OPENH264_PLUGIN'];

/** What would ask the network for something, or wait for a person. */
const PREFERENCES = {
  'app.update.enabled': false, 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false, 'toolkit.telemetry.enabled': false,
  'extensions.update.enabled': false, 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false, 'services.settings.server': 'data:,#',
  'media.gmp-manager.updateEnabled': false, 'media.gmp-manager.url': 'data:,', 'browser.startup.homepage_override.mstone': 'ignore', 'browser.aboutwelcome.enabled': false,
  // A headless page is not touched by anybody.
  'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0,
};
const STARTED = /WebDriver BiDi listening on (ws:\S+)/;
const STARTS_WITHIN_MS = 60_000;

export async function startFirefox(): Promise<TestFirefox> {
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'));
  const preferences = { ...PREFERENCES, ...(PLUGIN === undefined ? {} : installPlugin(PLUGIN, profile)) };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const over = new AbortController();
  // As root it refuses to run in another user's home.
  const env = { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1', MOZ_DISABLE_GMP_SANDBOX: '1' };
  const child = startChild('firefox-esr', ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'], { signal: over.signal, name: 'test-firefox', env, killAfterMs: 5_000 });
  const stop = async (): Promise<void> => {
    over.abort();
    await child.exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const bidi = await Bidi.connect(`${await addressOf(child)}/session`);
    const { capabilities } = await bidi.call<{ capabilities: { browserVersion: string } }>('session.new', { capabilities: {} });
    await bidi.call('session.subscribe', { events: ['log.entryAdded'] });
    return { version: capabilities.browserVersion, open: (url) => openPage(bidi, url), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As Firefox's own add-on manager leaves it. Its sandbox would keep a plugin that is linked against Debian's library from loading that. */
function installPlugin(folder: string, profile: string): Record<string, string | boolean> {
  const version = /^Version: (\S+)$/m.exec(readFileSync(join(folder, 'gmpopenh264.info'), 'utf8'))?.[1] ?? '';
  for (const file of ['libgmpopenh264.so', 'gmpopenh264.info']) cpSync(join(folder, file), join(profile, 'gmp-gmpopenh264', version, file));
  const name = 'media.gmp-gmpopenh264';
  return { [`${name}.version`]: version, [`${name}.enabled`]: true, [`${name}.visible`]: true, [`${name}.autoupdate`]: false, [`${name}.abi`]: 'x86_64-gcc3' };
}

async function openPage(bidi: Bidi, url: string): Promise<FirefoxPage> {
  const { context } = await bidi.call<{ context: string }>('browsingContext.create', { type: 'tab' });
  const page = { console: bidi.consoleOf(context), evaluate: <T>(expression: string) => evaluate<T>(bidi, context, expression) };
  await bidi.call('browsingContext.navigate', { context, url, wait: 'complete' });
  return page;
}

interface Evaluated {
  readonly result?: { readonly value?: string };
  readonly exceptionDetails?: { readonly text: string };
}

async function evaluate<T>(bidi: Bidi, context: string, expression: string): Promise<T> {
  const { result, exceptionDetails } = await bidi.call<Evaluated>('script.evaluate', {
    // JSON inside, so that BiDi's own forms of values need not be read.
    expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`, target: { context }, awaitPromise: true,
  });
  if (exceptionDetails !== undefined) throw new Error(`In the page: ${exceptionDetails.text}`);
  return JSON.parse(result?.value ?? 'null') as T;
}

interface Told {
  readonly id?: number;
  readonly type: 'success' | 'error' | 'event';
  readonly result?: unknown;
  readonly message?: string;
  readonly method?: string;
  readonly params?: { readonly level: string; readonly text: string | null; readonly source: { readonly context?: string } };
}

/** WebDriver BiDi (W3C), as much as a test needs: commands with answers, and the log. */
class Bidi {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #consoles = new Map<string, string[]>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Told));
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Firefox is gone.'));
    });
  }

  static async connect(url: string): Promise<Bidi> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`Firefox does not answer at ${url}.`)));
    });
    return new Bidi(socket);
  }

  async call<T>(method: string, params: object): Promise<T> {
    const id = (this.#asked += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return (await promise) as T;
  }

  consoleOf(context: string): string[] {
    const lines = this.#consoles.get(context) ?? [];
    this.#consoles.set(context, lines);
    return lines;
  }

  #receive({ id, type, result, message, method, params }: Told): void {
    if (method === 'log.entryAdded' && params !== undefined) this.consoleOf(params.source.context ?? '').push(`${params.level}: ${params.text ?? ''}`);
    const waiting = this.#waiting.get(id ?? -1);
    if (waiting === undefined) return;
    this.#waiting.delete(id ?? -1);
    if (type === 'error') waiting.reject(new Error(`Firefox: ${message ?? 'no reason'}`));
    else waiting.resolve(result);
  }
}

async function addressOf({ process: { stderr }, exited }: Child): Promise<string> {
  if (stderr === null) throw new Error('Firefox has no standard error.');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: stderr }).on('line', (line) => {
    const [, address] = STARTED.exec(line) ?? [];
    if (address !== undefined) resolve(address);
  });
  const late = setTimeout(() => reject(new Error(`Firefox did not start within ${STARTS_WITHIN_MS / 1_000} s.`)), STARTS_WITHIN_MS);
  void exited.then(({ lastWords }) => reject(new Error(`Firefox did not start: ${lastWords}`)));
  return await promise.finally(() => clearTimeout(late));
}
