import { createLog } from '#kit/process/log.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CloudLink } from './cloud-link.ts';

const log = createLog('test');
log.level = 'silent';
const NOTHING_KNOWN = { room: () => null, setRoom: () => undefined, tokens: () => null, setTokens: () => undefined };

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

it('says that recordings do not go up where the uploader ends again and again', async () => {
  const link = new CloudLink({ uploaderConfig: '/no/such/file.json', agentConfig: null, memory: NOTHING_KNOWN, targetChanged: () => undefined, log });
  const before = link.cloud.state;
  const running = link.run(stop.signal);
  await vi.waitFor(() => expect(link.cloud.state).toBe('failing'), 10_000);
  expect(before).toBe('idle');
  stop.abort();
  await running;
});
