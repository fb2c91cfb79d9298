import { pino } from 'pino';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { CodedError } from './errors.ts';
import { createHttp, type Http, type HttpOptions, listenOn } from './http.ts';
import { createMetrics } from './metrics.ts';

function serverWith(health = { ok: true, reasons: [] as string[] }, options: Pick<HttpOptions, 'onServer' | 'trustProxy'> = {}): Promise<Http> {
  return createHttp({
    name: 'test',
    log: pino({ level: 'silent' }),
    authorise: () => {
      throw new CodedError('no_token', 'Sign in first.', { status: 401 });
    },
    health: () => health,
    metrics: createMetrics('test'),
    ...options,
  });
}

describe('createHttp', () => {
  it('refuses a route that does not say who may call it', async () => {
    const http = await serverWith();
    expect(() => http.get('/x', () => 'x')).toThrow('does not say who may call it');
  });

  it('authorises before it looks at the body', async () => {
    const http = await serverWith();
    http.post('/x', { config: { access: 'admin' }, schema: { body: Type.Object({ a: Type.Integer() }) } }, () => 'x');
    const answer = await http.inject({ method: 'POST', url: '/x', payload: { a: 'no' } });
    expect([answer.statusCode, answer.json()]).toEqual([401, { error: { code: 'no_token', message: 'Sign in first.' } }]);
  });

  it('names what is wrong with a body', async () => {
    const http = await serverWith();
    http.post('/x', { config: { access: 'public' }, schema: { body: Type.Object({ a: Type.Integer() }) } }, () => 'x');
    const answer = await http.inject({ method: 'POST', url: '/x', payload: { a: 'no' } });
    expect(answer.json()).toEqual({ error: { code: 'bad_request', message: 'body/a must be integer.' } });
  });

  it('never tells the inside of a defect', async () => {
    const http = await serverWith();
    http.get('/x', { config: { access: 'public' } }, () => {
      throw new Error('secret path /etc/shadow');
    });
    const answer = await http.inject('/x');
    expect([answer.statusCode, answer.json().error.code]).toEqual([500, 'internal']);
    expect(answer.body).not.toContain('shadow');
  });

  it('says why it is not healthy, and that there is nothing at an unknown address', async () => {
    const http = await serverWith({ ok: false, reasons: ['The disk is full.'] });
    expect((await http.inject('/healthz')).statusCode).toBe(503);
    expect((await http.inject('/nothing')).json().error.code).toBe('not_found');
    expect((await http.inject('/metrics')).body).toContain('process_cpu_seconds_total');
    expect((await http.inject('/api/openapi.json')).json().openapi).toBe('3.1.0');
  });

  it('has its limits, and shows the server before it listens', async () => {
    const seen: boolean[] = [];
    const http = await serverWith(undefined, { onServer: (server) => seen.push(server.listening) });
    const port = await listenOn(http, { host: '127.0.0.1', port: 0 });
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()).toEqual({ ok: true, reasons: [] });
    expect([seen, http.server.requestTimeout, http.server.keepAliveTimeout]).toEqual([[false], 30_000, 72_000]);
    await http.close();
  });

  it.each([
    [false, '10.0.0.1'],
    [true, '192.0.2.7'],
  ])('knows a caller by what its own proxy adds, not by what the caller claims (proxy: %s)', async (trustProxy, address) => {
    const http = await serverWith(undefined, { trustProxy });
    http.get('/x', { config: { access: 'public' } }, (request) => request.ip);
    // As a proxy that appends passes it on.
    const answer = await http.inject({ url: '/x', remoteAddress: '10.0.0.1', headers: { 'x-forwarded-for': '198.51.100.1, 192.0.2.7' } });
    expect(answer.body).toBe(address);
  });

  it('names the port that is in use', async () => {
    const [first, second] = [await serverWith(), await serverWith()];
    const port = await listenOn(first, { host: '127.0.0.1', port: 0 });
    await expect(listenOn(second, { host: '127.0.0.1', port })).rejects.toThrow(`Port ${port} is already in use`);
    await first.close();
  });
});
