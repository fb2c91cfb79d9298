import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Debian's Chromium, headless, with a fake camera and microphone and sound that needs no touch. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
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
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
