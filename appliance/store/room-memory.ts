import { BoxTokens, RoomConfig } from '#provisioning/contract/enrolment.ts';
import Type, { type Static } from 'typebox';
import type { AccessStore } from '../access/panel-access.ts';
import { Settings } from '../contract/api.ts';
import { CustomLayout, Inset, LayoutId } from '../contract/layout.ts';
import { SoundRequest } from '../contract/sound.ts';
import type { Db } from './database.ts';
import { SessionStore } from './session-store.ts';
import { SettingStore } from './setting-store.ts';

/** What is on air besides the class itself, so that a restart in the middle of one changes nothing that students see. */
const OnAir = Type.Object({ layout: LayoutId, muted: Type.Boolean(), inset: Type.Optional(Inset) });
type OnAir = Static<typeof OnAir>;
const CustomLayouts = Type.Array(CustomLayout);
/** Earlier releases kept every value of every source, which fits too. */
const SoundSettings = Type.Record(Type.String(), SoundRequest);

const LessonId = Type.String({ minLength: 1 });
const PinHash = Type.String({ minLength: 1 });
const FIRST_SETTINGS: Settings = { language: 'en', defaultLayout: 'camera', silenceExpected: false };

/** What the room remembers over a restart, and over an absence of campus. */
export class RoomMemory implements AccessStore {
  readonly #settings: SettingStore;
  readonly #sessions: SessionStore;
  readonly #initialPinHash: string;

  constructor(db: Db, initialPinHash: string) {
    this.#settings = new SettingStore(db);
    this.#sessions = new SessionStore(db);
    this.#initialPinHash = initialPinHash;
  }

  pinHash(): string {
    return this.#settings.get('pin', PinHash) ?? this.#initialPinHash;
  }

  setPinHash(hash: string): void {
    this.#settings.set('pin', hash);
  }

  addSession(tokenHash: string, expiresAtMs: number, address: string, nowMs: number): void {
    this.#sessions.prune(nowMs);
    this.#sessions.add(tokenHash, expiresAtMs, address);
  }

  sessionEndsAtMs(tokenHash: string): number | null {
    return this.#sessions.endsAtMs(tokenHash);
  }

  clearSessions(): void {
    this.#sessions.clear();
  }

  settings(): Settings {
    return this.#settings.get('settings', Settings) ?? FIRST_SETTINGS;
  }

  setSettings(settings: Settings): void {
    this.#settings.set('settings', settings);
  }

  room(): RoomConfig | null {
    return this.#settings.get('room', RoomConfig);
  }

  setRoom(room: RoomConfig): void {
    this.#settings.set('room', room);
  }

  /** Kept so that a class goes on after a restart while campus is away; the file is readable by the appliance alone. */
  tokens(): BoxTokens | null {
    return this.#settings.get('tokens', BoxTokens);
  }

  setTokens(tokens: BoxTokens): void {
    this.#settings.set('tokens', tokens);
  }

  /** The class whose sending was stopped by hand, if any was. */
  stoppedStream(): string | null {
    return this.#settings.get('stopped-stream', LessonId);
  }

  setStoppedStream(lesson: string | null): void {
    this.#settings.set('stopped-stream', lesson);
  }

  onAir(): OnAir | null {
    return this.#settings.get('on-air', OnAir);
  }

  setOnAir(onAir: OnAir): void {
    this.#settings.set('on-air', onAir);
  }

  customLayouts(): CustomLayout[] {
    return this.#settings.get('layouts', CustomLayouts) ?? [];
  }

  setCustomLayouts(layouts: readonly CustomLayout[]): void {
    this.#settings.set('layouts', layouts);
  }

  soundSettings(): Readonly<Record<string, SoundRequest>> {
    return this.#settings.get('sound', SoundSettings) ?? {};
  }

  setSoundSettings(settings: Readonly<Record<string, SoundRequest>>): void {
    this.#settings.set('sound', settings);
  }
}
