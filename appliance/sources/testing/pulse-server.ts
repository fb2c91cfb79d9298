import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from '#kit/process/child.ts';

/** Debian's package `pulseaudio`. */
export const hasPulse = spawnSync('pulseaudio', ['--version']).status === 0;

/** A sound server of this test's own, on a socket of its own, with one microphone (`room.monitor`) on which a tone is heard. */
export class PulseServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pulse-'));
  #stop = new AbortController();
  #server: Child | null = null;

  /** For `PULSE_SERVER`. */
  get address(): string {
    return `unix:${join(this.#folder, 'native')}`;
  }

  start(): void {
    const modules = [`module-native-protocol-unix auth-anonymous=1 socket=${join(this.#folder, 'native')}`, 'module-null-sink sink_name=room rate=48000', 'module-sine sink=room frequency=440'];
    const env = { ...process.env, HOME: this.#folder, XDG_RUNTIME_DIR: this.#folder };
    this.#stop = new AbortController();
    this.#server = startChild(
      'pulseaudio',
      ['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes', '--realtime=no', '--high-priority=no', ...modules.flatMap((module) => ['-L', module])],
      { signal: this.#stop.signal, name: 'pulse', env },
    );
  }

  /** As a crash does: without a word to those who listen. */
  async kill(): Promise<void> {
    this.#server?.process.kill('SIGKILL');
    await this.#server?.exited;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#server?.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
