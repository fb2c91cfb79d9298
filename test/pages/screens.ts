import type { Browser, Page } from 'playwright-core';
import type { DemoFile } from '../demo/demo.ts';
import { WatchProbe } from '../product/watch-probe.ts';

export type Language = 'en' | 'zh-CN';
export type Theme = 'light' | 'dark';

/** What must be going on in the room for a page to look as it should. */
export type Moment = 'before' | 'during' | 'after';

export interface Screen {
  readonly name: string;
  readonly moment: Moment;
  readonly width: number;
  readonly height: number;
  readonly open: (page: Page, demo: DemoFile, language: Language) => Promise<void>;
}

/** Names of controls are the same in every release: people and programs look for them. */
export const NAMES = {
  start: { en: 'Start class', 'zh-CN': '开始上课' },
  end: { en: 'End class', 'zh-CN': '下课' },
  buy: { en: 'Buy ticket', 'zh-CN': '购票' },
  send: { en: 'Send', 'zh-CN': '发送' },
  play: { en: 'Play', 'zh-CN': '播放' },
  fullScreen: { en: 'Full screen', 'zh-CN': '全屏' },
} as const satisfies Record<string, Record<Language, string>>;

const button = (page: Page, name: keyof typeof NAMES, language: Language) => page.getByRole('button', { name: NAMES[name][language], exact: true });

async function openPanel(page: Page, { panel }: DemoFile): Promise<void> {
  await page.goto(panel.url);
  await playing(page, 'video[data-picture=program]');
}

async function openWatch(page: Page, { students }: DemoFile, language: Language): Promise<void> {
  await page.goto(students.paid.watchUrl);
  await button(page, 'send', language).waitFor();
  await button(page, 'fullScreen', language).waitFor();
  await playing(page, 'video[data-state=playing]');
}

/** Signs in on the way to one of the edge's pages. */
async function openAtEdge(page: Page, { students }: DemoFile, path: string): Promise<void> {
  const url = new URL(students.paid.watchUrl);
  url.searchParams.set('to', path);
  await page.goto(url.href);
}

async function openConsole(page: Page, { campus }: DemoFile, path: string): Promise<void> {
  const answer = await page.request.post(`${campus.url}/api/session`, { data: campus.admin });
  if (!answer.ok()) throw new Error(`The console did not let us in: ${answer.status()} ${await answer.text()}`);
  await page.goto(`${campus.url}${path}`);
  await page.getByText('Room 301').first().waitFor();
}

export const screens: readonly Screen[] = [
  {
    name: 'panel-ready', moment: 'before', width: 1280, height: 800,
    open: async (page, demo, language) => {
      await openPanel(page, demo);
      await button(page, 'start', language).waitFor();
    },
  },
  {
    name: 'storefront', moment: 'before', width: 1280, height: 800,
    open: async (page, demo) => {
      await openAtEdge(page, demo, '/');
      await page.getByText('Physics 12: Orbits').first().waitFor();
    },
  },
  {
    name: 'offer', moment: 'before', width: 390, height: 844,
    open: async (page, demo, language) => {
      await page.goto(demo.students.unpaid.watchUrl);
      await button(page, 'buy', language).waitFor();
    },
  },
  {
    name: 'panel-live', moment: 'during', width: 1280, height: 800,
    open: async (page, demo, language) => {
      await openPanel(page, demo);
      await button(page, 'end', language).waitFor();
      await playing(page, 'video[data-picture=return]');
    },
  },
  { name: 'watch-phone', moment: 'during', width: 390, height: 844, open: openWatch },
  { name: 'watch-desktop', moment: 'during', width: 1440, height: 900, open: openWatch },
  { name: 'console', moment: 'during', width: 1440, height: 900, open: (page, demo) => openConsole(page, demo, '/') },
  {
    name: 'replay', moment: 'after', width: 1280, height: 800,
    open: async (page, demo, language) => {
      await openAtEdge(page, demo, '/');
      await page.locator('a[href*="/replay/"]').first().click();
      await button(page, 'play', language).click();
      await playing(page, 'video[data-transport=replay]');
    },
  },
];

export interface Look {
  readonly language: Language;
  readonly theme: Theme;
}

/** A screen as a person would find it, in a window of its own. */
export async function openScreen(browser: Browser, demo: DemoFile, screen: Screen, { language, theme }: Look): Promise<Page> {
  const { width, height } = screen;
  const context = await browser.newContext({ viewport: { width, height }, locale: language === 'en' ? 'en-GB' : 'zh-CN', colorScheme: theme, reducedMotion: 'reduce' });
  await context.addInitScript(`localStorage.setItem('lectern.language', ${JSON.stringify(language)})`);
  const page = await context.newPage();
  try {
    await screen.open(page, demo, language);
    return page;
  } catch (error) {
    await context.close();
    throw error;
  }
}

/** Two dozen frames shown: the picture is there, and the page has had a second to settle around it. */
async function playing(page: Page, selector: string): Promise<void> {
  await page.locator(selector).waitFor();
  await new WatchProbe(page, selector).plays('the picture', { frames: 24, timeoutMs: 60_000 });
}
