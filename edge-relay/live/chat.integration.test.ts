/** The chat in a browser whose connection dies between a message and its answer. */
import { type Browser, chromium, type Page, type WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEdge, type TestEdge, until } from '../testing/edge.ts';
import { buildPages, type BuiltPages } from '../testing/pages.ts';

const FLAGS = ['--no-sandbox', '--headless=new', '--disable-quic', '--disable-background-networking'];

let pages: BuiltPages;
let edge: TestEdge;
let browser: Browser;

beforeAll(async () => {
  pages = buildPages();
  edge = await startEdge({ webDist: pages.dist });
  await edge.seed();
  // The edge gives out addresses under its public name.
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS, `--host-resolver-rules=MAP edge.test:80 127.0.0.1:${edge.ports.http}`] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  await edge.stop();
  pages[Symbol.dispose]();
});

/** The watch page, and a way to its connections: what the edge says of chat is kept from the page while `deaf`. */
async function watch(): Promise<{ readonly page: Page; readonly way: { deaf: boolean; cut(): Promise<void> } }> {
  const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 600 })).json;
  const page = await (await browser.newContext({ locale: 'en' })).newPage();
  let newest: WebSocketRoute | undefined;
  const way = { deaf: false, cut: async () => newest?.close({ code: 1012 }) };
  await page.routeWebSocket(/\/events$/, (route) => {
    newest = route;
    const toEdge = route.connectToServer();
    toEdge.onMessage((message) => {
      if (!way.deaf || !message.toString().startsWith('{"type":"chat"')) route.send(message);
    });
  });
  await page.goto(`${url}&to=/watch/room-1`);
  await page.getByRole('button', { name: 'Send', exact: true, disabled: false }).waitFor();
  return { page, way };
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}
const lines = (page: Page) => page.getByRole('log').locator('p > span').allTextContents();
const sending = (page: Page) => page.getByText('sending…').count();

it('says every message once and in order, whatever became of the answers, and leaves alone what is being typed', { timeout: 60_000 }, async () => {
  const { page, way } = await watch();
  await say(page, 'before');
  await until(async () => (await lines(page)).length === 1 && (await sending(page)) === 0);
  way.deaf = true;
  for (const text of ['yes', 'yes', 'no', 'why', 'because']) await say(page, text);
  await page.getByRole('textbox', { name: 'Message' }).fill('half a');
  expect(await sending(page)).toBe(5);
  way.deaf = false;
  await way.cut();
  await until(async () => (await sending(page)) === 0, 20_000);
  expect(await lines(page)).toEqual(['before', 'yes', 'yes', 'no', 'why', 'because']);
  expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('half a');
  const { page: late } = await watch();
  await until(async () => (await lines(late)).length > 1);
  expect(await lines(late)).toEqual(['before', 'yes', 'yes', 'no', 'why', 'because']);
});

it('keeps what is refused for good, until its writer removes it', { timeout: 60_000 }, async () => {
  const { page } = await watch();
  await say(page, '\u202e');
  await page.getByText('not sent').waitFor();
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('not sent').waitFor();
  await page.getByRole('button', { name: 'Remove' }).click();
  expect(await page.getByText('not sent').count()).toBe(0);
});
