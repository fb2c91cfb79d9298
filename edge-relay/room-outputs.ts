/** What every room has: WebRTC fan-out, HLS packager, HTTP-FLV, sound in both forms. The one place that knows all four. */
import { AudioConverter } from './audio/audio-converter.ts';
import { FlvRoom } from './flv/flv-room.ts';
import { type DvrTrack, HlsRoom } from './hls/hls-room.ts';
import type { Clock } from '#kit/media/clock.ts';
import type { Log } from '#kit/process/log.ts';
import { AudioBridge } from './rooms/audio-bridge.ts';
import { PackagerSlot } from './rooms/packager-slot.ts';
import type { Room } from './rooms/room.ts';
import { FanOut, type OpenCohort } from './webrtc/fan-out.ts';
import type { PacketHistoryFigures } from './webrtc/packet-history.ts';

export interface Outputs {
  readonly fanOut: FanOut;
  readonly packager: PackagerSlot<HlsRoom>;
  readonly flv: FlvRoom;
  readonly sound: AudioBridge;
}

export class RoomOutputs {
  readonly #outputs = new Map<string, Outputs>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #openCohort: OpenCohort;

  constructor(clock: Clock, log: Log, signal: AbortSignal, openCohort: OpenCohort) {
    this.#openCohort = openCohort;
    this.#clock = clock;
    this.#log = log;
    this.#signal = signal;
  }

  furnish(room: Room): void {
    const nowMs = (): number => this.#clock.nowMs();
    const outputs: Outputs = {
      fanOut: new FanOut(room, nowMs, this.#openCohort),
      packager: new PackagerSlot(room, () => new HlsRoom({ room: room.name, clock: this.#clock })),
      flv: new FlvRoom(room, nowMs),
      sound: new AudioBridge({
        room, signal: this.#signal, log: this.#log, nowMs,
        createConverter: (from) => new AudioConverter({ name: `edge-audio-${room.name}`, from }),
      }),
    };
    for (const sink of [outputs.fanOut, outputs.packager, outputs.flv, outputs.sound]) room.attach(sink);
    this.#outputs.set(room.name, outputs);
  }

  of(room: string): Outputs | null {
    return this.#outputs.get(room) ?? null;
  }

  /** What is kept of a room for those who watch it. */
  held(room: string): { readonly packetHistory: PacketHistoryFigures; readonly dvr: DvrTrack[] } {
    const own = this.of(room);
    return { packetHistory: own?.fanOut.history ?? { packets: 0, bytes: 0, ms: 0 }, dvr: [...(own?.packager.current?.dvr() ?? [])] };
  }

  all(): readonly Outputs[] {
    return [...this.#outputs.values()];
  }

  /** Who watches for as long as they are connected. */
  accounts(room: string): ReadonlySet<string> {
    const own = this.of(room);
    return new Set(own === null ? [] : [...own.fanOut.accounts(), ...own.flv.accounts()]);
  }

  /** An account's right to watch this room is gone. */
  dismiss(account: string, room: string): void {
    const own = this.of(room);
    own?.fanOut.dismiss(account);
    own?.flv.dismiss(account);
  }

  tick(): void {
    for (const { fanOut, packager, flv, sound } of this.#outputs.values()) {
      fanOut.tick();
      packager.tick();
      flv.tick();
      sound.tick();
    }
  }

  close(): void {
    for (const { packager, flv } of this.#outputs.values()) {
      packager.close();
      flv.close();
    }
  }
}
