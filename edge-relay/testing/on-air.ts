/** A class on the air: an edge with the student's pages at an address that any browser reaches, and an encoder that publishes to it. For `await using`. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { startChild } from '#kit/process/child.ts';
import type { EdgeConfig } from '../config/config.ts';
import type { Playback, RoomInfo } from '../contract/api.ts';
import { startEdge, type TestEdge, until } from './edge.ts';
import { buildPages } from './pages.ts';

export interface OnAir extends AsyncDisposable {
  readonly edge: TestEdge;
  /** The edge's own public address. */
  readonly url: string;
  /** Signs amy, who has a ticket, in and lands on the watch page; usable again and again. */
  readonly watchUrl: string;
  /** Amy's playback token and addresses, anew. */
  playback(): Promise<Playback>;
  /** Resolves when the largest layer's playlist has so many whole segments. */
  segments(count: number): Promise<void>;
}

export interface OnAirOptions {
  readonly config?: Partial<EdgeConfig>;
  /** 640x360 unless told. */
  readonly size?: string;
  /** Whether there are pages, which take a while to build. */
  readonly pages?: boolean;
}

const ENCODE = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-profile:v', 'baseline', '-b:v', '800k', '-c:a', 'aac', '-ar', '48000'];

export async function goOnAir({ config = {}, size = '640x360', pages = true }: OnAirOptions = {}): Promise<OnAir> {
  const closing = new AsyncDisposableStack();
  try {
    const door = closing.use(await frontDoor());
    const dist = pages ? closing.use(buildPages()).dist : null;
    const edge = await startEdge({ publicUrl: door.url, ...(dist === null ? {} : { webDist: dist }), ...config });
    closing.defer(() => edge.stop());
    door.leadTo(edge.ports.http);
    const { amy } = await edge.seed();
    await until(() => edge.ports.rtmp() !== null);
    closing.defer(publish(edge, size));
    await until(async () => ((await edge.call('GET', '/api/rooms/room-1')).json as RoomInfo).live);
    const { url } = (await edge.admin('POST', 'accounts/amy/sign-in-links', { seconds: 3_600, reusable: true })).json as { url: string };
    const playback = async (): Promise<Playback> => (await edge.playback(amy)).json as Playback;
    const stack = closing.move();
    return {
      edge, url: door.url, watchUrl: `${url}&to=/watch/room-1`,
      playback,
      segments: async (count) => {
        const { token } = await playback();
        await until(async () => ((await edge.call('GET', `/hls/room-1/source/index.m3u8?token=${token}`)).text.match(/#EXTINF/g)?.length ?? 0) >= count, 40_000);
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

function publish(edge: TestEdge, size: string): () => Promise<void> {
  const over = new AbortController();
  const source = ['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`, '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
  const url = `rtmp://127.0.0.1:${edge.ports.rtmp() ?? 0}/live/room-1?key=${edge.publishKey('room-1', 'encoder')}`;
  const child = startChild('ffmpeg', [...source, ...ENCODE, '-f', 'flv', url], { signal: over.signal, name: 'test-rtmp' });
  return async () => {
    over.abort();
    await child.exited;
  };
}

/** An edge gives out addresses under its public name, which has to be known before its port is. */
async function frontDoor(): Promise<AsyncDisposable & { readonly url: string; leadTo(port: number): void }> {
  let leadsTo = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    const onward = connect({ host: '127.0.0.1', port: leadsTo, noDelay: true });
    for (const [from, to] of [[socket, onward], [onward, socket]] as const) from.on('error', () => to.destroy()).on('close', () => to.destroy()).pipe(to);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const open = new Set<{ destroy(): void }>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (port) => {
      leadsTo = port;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
