/** What every room has: WebRTC fan-out, HLS packager, sound in both forms. The one place that knows all three. */
import { AudioConverter } from './audio/audio-converter.ts';
import { HlsRoom } from './hls/hls-room.ts';
import type { Clock } from '#kit/media/clock.ts';
import type { Log } from '#kit/process/log.ts';
import { AudioBridge } from './rooms/audio-bridge.ts';
import { PackagerSlot } from './rooms/packager-slot.ts';
import type { Room } from './rooms/room.ts';
import { FanOut } from './webrtc/fan-out.ts';

export interface Outputs {
  readonly fanOut: FanOut;
  readonly packager: PackagerSlot<HlsRoom>;
  readonly sound: AudioBridge;
}

export class RoomOutputs {
  readonly #outputs = new Map<string, Outputs>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;

  constructor(clock: Clock, log: Log, signal: AbortSignal) {
    this.#clock = clock;
    this.#log = log;
    this.#signal = signal;
  }

  furnish(room: Room): void {
    const nowMs = (): number => this.#clock.nowMs();
    const outputs: Outputs = {
      fanOut: new FanOut(room, nowMs),
      packager: new PackagerSlot(room, () => new HlsRoom({ room: room.name, clock: this.#clock })),
      sound: new AudioBridge({
        room, signal: this.#signal, log: this.#log, nowMs,
        createConverter: (from) => new AudioConverter({ name: `edge-audio-${room.name}`, from }),
      }),
    };
    for (const sink of [outputs.fanOut, outputs.packager, outputs.sound]) room.attach(sink);
    this.#outputs.set(room.name, outputs);
  }

  of(room: string): Outputs | null {
    return this.#outputs.get(room) ?? null;
  }

  all(): readonly Outputs[] {
    return [...this.#outputs.values()];
  }

  tick(): void {
    for (const { fanOut, packager, sound } of this.#outputs.values()) {
      fanOut.tick();
      packager.tick();
      sound.tick();
    }
  }

  close(): void {
    for (const { packager } of this.#outputs.values()) packager.close();
  }
}
