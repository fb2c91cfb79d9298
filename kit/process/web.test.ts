import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createHttp } from './http.ts';
import { createMetrics } from './metrics.ts';
import { servePages } from './web.ts';

async function serverOf(build: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'web-'));
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  if (build) {
    writeFileSync(join(dist, 'index.html'), '<p>page</p>');
    writeFileSync(join(dist, 'assets/app-1.js'), 'let a;');
  }
  const http = await createHttp({
    name: 'test',
    log: pino({ level: 'silent' }),
    authorise: () => undefined,
    health: () => ({ ok: true, reasons: [] }),
    metrics: createMetrics('test'),
  });
  await servePages(http, { dist, pages: ['/', '/watch/:room'], connect: () => ['http://media.example'] });
  return http;
}

describe('servePages', () => {
  it('serves every page of the application under a strict policy, and its assets for ever', async () => {
    const http = await serverOf(true);
    const page = await http.inject('/watch/room-1');
    expect([page.statusCode, page.body, page.headers['cache-control']]).toEqual([200, '<p>page</p>', 'no-cache']);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    const asset = await http.inject('/assets/app-1.js');
    expect([asset.statusCode, asset.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it.each(['/assets/../../secret.txt', '/assets/%2e%2e/%2e%2e/secret.txt', '/assets/nothing.js', '/assets/'])('has nothing at %s', async (url) => {
    const answer = await (await serverOf(true)).inject(url);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toBe('secret');
  });

  it('says that the pages were not built', async () => {
    expect((await (await serverOf(false)).inject('/')).json().error.code).toBe('page_not_built');
  });
});
