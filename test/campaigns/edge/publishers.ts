import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, startChild } from '#kit/process/child.ts';
import { createLog } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import type { LoneEdge, RoomName } from './lone-edge.ts';

/** Sends a class into one room, and connects again by itself, as boxes and encoders do. */
export interface ClassPublisher {
  readonly room: RoomName;
  begin(): void;
  /** Gone without a word, and it does not come back before it is begun again. */
  kill(): Promise<void>;
  /** What it sent last is sent once more; how many packets. Of WHIP only. */
  replay(): Promise<number>;
}

const OWNER = 'box';

/** The box's uplink, by WHIP. */
export function whipPublisher(edge: LoneEdge, room: RoomName): ClassPublisher {
  const args = [join(import.meta.dirname, 'publisher-main.ts'), edge.url, room, edge.publishKey(room, OWNER)];
  return publisher(room, (signal) => startChild(process.execPath, args, { signal, name: 'whip-publisher', stdio: ['pipe', 'pipe', 'inherit'] }));
}

/** A foreign encoder: FFmpeg, by RTMP. */
export function rtmpPublisher(edge: LoneEdge, room: RoomName, owner: string = OWNER): ClassPublisher {
  return publisher(room, (signal) => startChild('ffmpeg', rtmpArgs(`rtmp://127.0.0.1:${edge.ports.rtmp}/live/${room}?key=${edge.publishKey(room, owner)}`), { signal, name: 'rtmp-publisher' }));
}

export function rtmpArgs(target: string): string[] {
  const inputs = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-g', '25', '-pix_fmt', 'yuv420p', '-b:v', '200k', '-threads', '1'];
  return ['-hide_banner', '-nostdin', '-loglevel', 'error', ...inputs, ...video, '-c:a', 'aac', '-ar', '48000', '-f', 'flv', target];
}

function publisher(room: RoomName, start: (signal: AbortSignal) => Child): ClassPublisher {
  const log = createLog('publisher');
  log.level = 'silent';
  let stop = new AbortController();
  let child: Child | null = null;
  let running: Promise<void> = Promise.resolve();
  const run = async (signal: AbortSignal): Promise<void> => {
    child = start(signal);
    await child.exited;
    throw new Error('it ended');
  };
  return {
    room,
    begin: () => {
      stop = new AbortController();
      running = supervise(`publisher of ${room}`, run, { signal: stop.signal, log, minDelayMs: 300, maxDelayMs: 1_000 });
    },
    kill: async () => {
      child?.process.kill('SIGKILL');
      stop.abort();
      await running;
    },
    replay: async () => {
      const { stdin, stdout } = child?.process ?? {};
      if (!stdin || !stdout) throw new Error(`nobody publishes to ${room}`);
      const lines = createInterface({ input: stdout });
      stdin.write('replay\n');
      const [line] = (await once(lines, 'line')) as [string];
      lines.close();
      return (JSON.parse(line) as { replayed: number }).replayed;
    },
  };
}
