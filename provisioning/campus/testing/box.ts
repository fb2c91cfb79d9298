import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { FromAgent, ToAgent } from '../../contract/agent.ts';

export const STATE: ToAgent['state'] = {
  room: 'room-301',
  lesson: { phase: 'idle', title: '' },
  notReady: [],
  recording: { active: false, proven: false, freeHours: 100 },
  stream: { protocol: 'none', sending: false, seenAtEdge: false, viewers: 0 },
  cloud: { state: 'idle', pendingBytes: 0 },
  encoder: { name: 'libx264', fps: 25 },
  sources: [{ id: 'camera', kind: 'camera', signal: 'ok', verdict: 'ok' }],
  cameras: [{ id: 'ptz', link: 'ok' }],
};

const MACHINE: ToAgent['machine'] = { cpuPercent: 12, memoryFreeBytes: 2e9, diskFreeBytes: 5e11, temperatureC: 48, uptimeSeconds: 3_600 };

type Enrolment = FromAgent & { type: 'enrolment' };

/** A box's agent as the appliance runs it: a child with IPC. */
export class TestBox {
  readonly #folder: string;
  readonly #campusUrl: string;
  #child: ChildProcess | null = null;
  heard: FromAgent[] = [];

  constructor(folder: string, campusUrl: string) {
    this.#folder = folder;
    this.#campusUrl = campusUrl;
  }

  get identityDir(): string {
    return join(this.#folder, 'identity');
  }

  get enrolment(): Enrolment | undefined {
    return this.heard.findLast((message): message is Enrolment => message.type === 'enrolment');
  }

  last<T extends FromAgent['type']>(type: T): (FromAgent & { type: T }) | undefined {
    return this.heard.findLast((message): message is FromAgent & { type: T } => message.type === type);
  }

  start(): void {
    const config = join(this.#folder, 'agent.json');
    writeFileSync(config, JSON.stringify({ campusUrl: this.#campusUrl, identityDir: this.identityDir, serial: 'SN-1', model: 'test' }));
    this.heard = [];
    this.#child = fork(join(import.meta.dirname, '../../agent/main.ts'), ['--config', config], { env: { ...process.env, LECTERN_LOG: 'fatal' } });
    this.#child.on('message', (message) => this.heard.push(message as FromAgent));
  }

  tell(state: ToAgent['state']): void {
    this.#child?.send({ type: 'state', state, machine: MACHINE } satisfies ToAgent);
  }

  async kill(): Promise<void> {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** One request to the mutual-TLS port, with whatever identity. @returns status and body; rejects when the handshake is refused */
export function mutualCall(port: number, path: string, identity: { key?: string; cert?: string; ca: string }, body?: object): Promise<{ status: number; text: string }> {
  const agent = new Agent({ ...identity, keepAlive: false });
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, agent, method: body ? 'POST' : 'GET', headers: body ? { 'content-type': 'application/json' } : {} }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
    call.once('error', reject);
    call.end(body ? JSON.stringify(body) : undefined);
  });
}
