import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openLoneBox, type LoneBox } from '../campaigns/lone-box.ts';
import { openBrowser, visit } from '../product/browser.ts';
import { eventually } from '../product/eventually.ts';
import { FaultyLine } from '../simulators/visca/faults.ts';
import { MAX_ZOOM, PtzHead } from '../simulators/visca/head.ts';
import { runMotors } from '../simulators/visca/motor-loop.ts';
import { serveTcp } from '../simulators/visca/tcp-server.ts';
import type { Bench } from './bench.ts';
import { refuseTarget } from './on-product.ts';

const HOST = '127.0.0.1';
const NOTE_FINGER = `addEventListener("pointerdown", () => { globalThis.downAt = Date.now(); }, true);
  addEventListener("pointerup", () => { globalThis.upAt = Date.now(); }, true);`;
/** Pan right at medium speed (VISCA 8x 01 06 01 VV WW 02 03 FF). */
const DRIVE_RIGHT = Buffer.from('8101060108080203ff', 'hex');
const DRAG_MS = 5_000;
const DRAG_HZ = 60;
const REST_MS = 1_000;

/** What the head was told, and when that came in. */
interface Told {
  readonly atMs: number;
  readonly hex: string;
}

interface Stage extends AsyncDisposable {
  readonly head: PtzHead;
  readonly told: Told[];
  readonly port: number;
  readonly page: Page;
}

/** A finger on the panel's pad to the command at the head's socket; and a drag of five seconds, of which nothing may be left when the finger lifts. */
export const camera: Bench = async function* (options) {
  refuseTarget(options, 'it moves a simulated head of its own.');
  options.say('Starting a box with one camera…');
  await using stage = await openStage();
  const [presses, bare]: [number[], number[]] = [[], []];
  for (let run = 0; run < options.runs; run++) {
    presses.push(await pressToWire(stage));
    bare.push(await bareSocket(stage));
    options.say(`run ${run + 1}: ${presses.at(-1)} ms`);
  }
  yield {
    case: 'press-to-wire', unit: 'ms', raw: presses, promise: { median: 20 },
    baseline: { name: 'a bare socket writing the same command', command: null, raw: bare },
  };
  const drags: Drag[] = [];
  for (let run = 0; run < options.runs; run++) drags.push(await drag(stage));
  yield {
    case: 'left-behind-by-a-drag', unit: 'commands', raw: drags.map(({ late }) => late), promise: { median: 0 },
    baseline: { name: 'a socket that writes the newest wish of each video frame', command: null, raw: drags.map(() => 0) },
    notes: {
      wishes: (DRAG_MS / 1_000) * DRAG_HZ,
      commands: Math.max(...drags.map(({ commands }) => commands)),
      stopOnWireMs: Math.max(...drags.map(({ stopMs }) => stopMs)),
      movedAfterRestDeg: Math.max(...drags.map(({ crept }) => crept)),
    },
  };
};

interface Drag {
  /** Commands to move that came in after the finger had lifted. */
  readonly late: number;
  readonly commands: number;
  readonly stopMs: number;
  readonly crept: number;
}

async function pressToWire({ head, told, page }: Stage): Promise<number> {
  const { x, y, radius } = await padOf(page);
  await page.mouse.move(x + radius * 0.6, y);
  const from = told.length;
  await page.mouse.down();
  const first = await eventually('the drive', () => told.slice(from).find(isDrive), { everyMs: 5 });
  await page.mouse.up();
  await eventually('the head to stand still', () => !head.moving);
  await delay(REST_MS);
  return first.atMs - (await page.evaluate<number>('globalThis.downAt'));
}

async function drag({ head, told, page }: Stage): Promise<Drag> {
  const { x, y, radius } = await padOf(page);
  const from = told.length;
  await page.mouse.move(x + radius * 0.5, y);
  await page.mouse.down();
  const beganAt = performance.now();
  for (let at = 0; at < DRAG_MS; at = performance.now() - beganAt) {
    const angle = (at / 1_000) * Math.PI;
    await page.mouse.move(x + Math.cos(angle) * radius * 0.5, y + Math.sin(angle) * radius * 0.5);
    await delay(1_000 / DRAG_HZ);
  }
  await page.mouse.up();
  await eventually('the head to stand still', () => !head.moving);
  const upAt = await page.evaluate<number>('globalThis.upAt');
  const before = head.viewport();
  await delay(REST_MS);
  const after = head.viewport();
  const all = told.slice(from);
  const stop = all.find((one) => one.atMs >= upAt && isStop(one));
  return {
    late: all.filter((one) => isDrive(one) && one.atMs > upAt).length,
    commands: all.filter(isDrive).length,
    stopMs: (stop?.atMs ?? NaN) - upAt,
    crept: Math.hypot(after.panDeg - before.panDeg, after.tiltDeg - before.tiltDeg),
  };
}

async function bareSocket({ port, told, head }: Stage): Promise<number> {
  const socket = connect({ host: HOST, port, noDelay: true });
  await once(socket, 'connect');
  const from = told.length;
  const wroteAt = Date.now();
  socket.write(DRIVE_RIGHT);
  const first = await eventually('the bare command', () => told.slice(from).find(isDrive), { everyMs: 5 });
  socket.write(Buffer.from('8101060108080303ff', 'hex'));
  await eventually('the head to stand still', () => !head.moving);
  socket.destroy();
  return first.atMs - wroteAt;
}

async function openStage(): Promise<Stage> {
  const stop = new AbortController();
  const head = new PtzHead(Date.now());
  const motors = runMotors(head, () => undefined, stop.signal);
  const told: Told[] = [];
  const port = await listenIn(await serveTcp(head, new FaultyLine(), { host: HOST, port: 0 }, stop.signal), told, stop.signal);
  const box = await openLoneBox({ cameras: [{ id: 'camera', name: 'Camera', visca: { transport: 'tcp', address: `${HOST}:${port}`, maxZoom: MAX_ZOOM } }] });
  const browser = await openBrowser();
  const page = await openPad(box, () => visit(browser, box.panelUrl, { viewport: { width: 1280, height: 800 } }));
  const close = async (): Promise<void> => {
    await browser.close();
    await box.close();
    stop.abort();
    await motors;
  };
  return { head, told, port, page, [Symbol.asyncDispose]: close };
}

/** A class runs, so that a box that belongs to no room shows its panel; the slides are on air, so that the camera may move as it likes. */
async function openPad(box: LoneBox, open: () => Promise<Page>): Promise<Page> {
  await box.until('the camera to answer', ({ cameras }) => cameras[0]?.link === 'ok');
  await box.post('layout', { id: 'slides' });
  await box.post('lesson/start', {});
  const page = await open();
  await page.evaluate(NOTE_FINGER);
  await page.getByRole('application', { name: 'Move the view' }).waitFor();
  return page;
}

async function padOf(page: Page): Promise<{ x: number; y: number; radius: number }> {
  const box = await page.getByRole('application', { name: 'Move the view' }).boundingBox();
  if (box === null) throw new Error('The panel shows no pad.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, radius: box.width / 2 };
}

/** In front of the head's own port: notes what comes in, and passes it on both ways. */
async function listenIn(behind: number, told: Told[], signal: AbortSignal): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: HOST, port: behind, noDelay: true });
    near.on('data', (bytes) => {
      const atMs = Date.now();
      for (const frame of bytes.toString('hex').match(/8.(?:(?!ff)..)*ff/g) ?? []) told.push({ atMs, hex: frame });
      far.write(bytes);
    });
    far.on('data', (bytes) => near.write(bytes));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => (near.destroy(), far.destroy()));
    }
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  signal.addEventListener('abort', () => (server.close(), sockets.forEach((socket) => socket.destroy())), { once: true });
  return (server.address() as AddressInfo).port;
}

const isDrive = ({ hex }: Told): boolean => /^81010601....(?!0303)/.test(hex);
const isStop = ({ hex }: Told): boolean => /^81010601....0303ff$/.test(hex);
