import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { rememberPeersInPage } from './in-page.ts';

const FAKE_DEVICES = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** Debian's Chromium, headless, with a fake camera and microphone and sound that needs no touch. */
export function openBrowser(): Promise<Browser> {
  return launch(FAKE_DEVICES);
}

/** One whose screens are its own: asked what to share, it takes the tab of this title. It trusts one private authority. */
export function openLaptop({ sharesTab, trustsKey }: { readonly sharesTab: string; readonly trustsKey: string }): Promise<Browser> {
  return launch([`--auto-select-tab-capture-source-by-title=${sharesTab}`, `--ignore-certificate-errors-spki-list=${trustsKey}`]);
}

function launch(more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required', ...more],
  });
}

export interface Visit extends BrowserContextOptions {
  /** A browser without WebRTC, as some schools' policies leave it. */
  readonly withoutWebRtc?: boolean;
}

/** Opens an address in a window that shares nothing with the others. Close it with `page.context().close()`. */
export async function visit(browser: Browser, url: string, { withoutWebRtc = false, ...options }: Visit = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  if (withoutWebRtc) await context.addInitScript('delete globalThis.RTCPeerConnection; delete globalThis.webkitRTCPeerConnection;');
  await context.addInitScript(rememberPeersInPage);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
