import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { OpenLink } from './links/link.ts';
import { type CameraCapabilities, type CameraCommand, type CameraStatus, type PtzCamera, STILL, type Velocity } from './ptz-camera.ts';
import { capabilitiesOf } from './visca/capabilities.ts';
import * as commands from './visca/commands.ts';
import { Conversation } from './visca/conversation.ts';
import type { Item, Motor, Outcome } from './visca/exchange.ts';
import { asked, dueTopics, type Facts, NOT_ASKED, NOTHING_READ, QUESTIONS, questionBytes, refused, type Topic } from './visca/inquiries.ts';
import { driving, type Packet, plan } from './visca/plan.ts';
import { PROFILES, type Profile, type ProfileId, profileOf } from './visca/profiles.ts';

/** How often it is looked whether a question is due. */
const LOOK_MS = 40;
/** Without a word that makes sense for this long the link counts as lost and is opened anew. */
const SILENCE_MS = 3_000;
/** A position that stayed the same for this long is at rest; sooner where the camera said that it arrived. */
const REST_MS = 600;
const ARRIVED_MS = 200;
/** A head that goes on this long after its stop was confirmed did not hear it; later than the second figure somebody else moves it. */
const STOP_CHECK_MS = [800, 3_000] as const;
const MAX_PENDING = 16;

export interface ViscaCameraOptions {
  readonly open: OpenLink;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Left out: by the camera's answer to the version inquiry. */
  readonly profile?: ProfileId;
  /** Magnification at the end of the optical zoom, where it is not the profile's. */
  readonly maxZoom?: number;
  readonly fieldOfViewDeg?: number;
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: CodedError) => void;
}

/** A camera that speaks VISCA, over any link. Its state comes from asking, never from what was sent. */
export class ViscaCamera implements PtzCamera {
  readonly #options: ViscaCameraOptions;
  readonly #talk: Conversation;
  #profile: Profile;
  #facts: Facts = NOTHING_READ;
  #rota = NOT_ASKED;
  #pending = new Map<string, Pending>();
  /** Motions that the camera has taken and not reported complete. */
  #underway = new Set<string>();
  /** Motors whose newest packet is a stop: the camera has confirmed it, or it is repeated until it does. */
  #standing = new Set<Motor>();
  #actions = 0;
  /** Settings that a camera forgets when it reboots. */
  #kept = new Map<string, CameraCommand>();
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #nonsenseAtMs = Number.NEGATIVE_INFINITY;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  #arrived = true;
  #stoppedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ViscaCameraOptions) {
    this.#options = options;
    this.#profile = profileWith(options, options.profile ?? 'generic');
    this.#talk = new Conversation(options.clock, {
      opened: () => this.#opened(),
      settled: ({ item, outcome }) => this.#settled(item, outcome),
      finished: (item) => this.#finished(item),
      answered: (item, data) => this.#answered(item.key as Topic, data),
      nonsense: () => (this.#nonsenseAtMs = this.#nowMs()),
    });
  }

  capabilities(): CameraCapabilities {
    return capabilitiesOf(this.#profile);
  }

  status(): CameraStatus {
    const ok = this.#ok();
    const { panDeg, tiltDeg, zoom, focus, power, version } = this.#facts;
    return {
      panDeg, tiltDeg, zoom, link: ok ? 'ok' : 'lost', moving: ok && this.#moving(), advice: ok ? '' : this.#advice(),
      ...(focus === undefined ? {} : { focus }),
      ...(power === undefined ? {} : { power }),
      ...(version === undefined ? {} : { version: `VISCA ${[version.vendor, version.model, version.firmware].map(hex4).join(' ')} (${this.#profile.id})` }),
    };
  }

  drive(velocity: Velocity): void {
    const still = [velocity.pan, velocity.tilt, velocity.zoom].every(commands.isStill);
    this.#stoppedAtMs = still ? this.#nowMs() : Number.NEGATIVE_INFINITY;
    // What was told to stand is not told again with every movement of the finger: stops go first, and a slow camera would never come to the drive.
    const packets = driving(velocity, this.#profile).filter(({ insist, motors }) => still || insist !== 'until-confirmed' || !motors.every((motor) => this.#standing.has(motor)));
    for (const packet of packets) this.#submit(`drive ${packet.motors.join()}`, packet);
  }

  stop(): void {
    this.drive(STILL);
  }

  async execute(command: CameraCommand): Promise<void> {
    if (command.type === 'tally' || command.type === 'limits') this.#kept.set(command.type, command);
    const packets = plan(command, this.#profile, this.#facts.panNibbles);
    if (!this.#ok()) throw new CodedError('camera_unreachable', this.#advice(), { status: 503 });
    if (this.#pending.size + packets.length > MAX_PENDING) throw new CodedError('camera_busy', 'The camera is still busy. Try again in a moment.', { status: 409 });
    if (packets.some(({ motors }) => motors.includes('pan-tilt') || motors.includes('zoom'))) this.#stoppedAtMs = Number.NEGATIVE_INFINITY;
    await Promise.all(packets.map((packet) => this.#accepted(packet)));
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#talk.run(this.#options.open, (inner) => this.#watch(inner), signal).finally(() => this.#closed());
  }

  #accepted(packet: Packet): Promise<void> {
    const key = `action-${this.#actions++}`;
    return new Promise((resolve, reject) => {
      this.#pending.set(key, { resolve, reject });
      if (packet.goal) this.#underway.add(key);
      this.#submit(key, packet);
    });
  }

  #submit(key: string, { bytes, motors, insist }: Packet): void {
    // By what was said last and not by what was confirmed last: the ACK of a stop may come when a newer drive waits already.
    for (const motor of motors) {
      if (insist === 'until-confirmed') this.#standing.add(motor);
      else this.#standing.delete(motor);
    }
    this.#talk.submit({ key, bytes, kind: 'command', motors, insist });
  }

  /** A head that was left moving (this process or the network died) is stopped before anything else. */
  #opened(): void {
    this.#rota = NOT_ASKED;
    this.#heardAtMs = this.#nowMs() - SILENCE_MS;
    this.#underway.clear();
    this.stop();
    this.#talk.submit({ key: 'clear', bytes: commands.interfaceClear(), kind: 'command', motors: [], insist: 'few-times' });
    for (const command of this.#kept.values()) this.#repeat(command);
  }

  #repeat(command: CameraCommand): void {
    plan(command, this.#profile, this.#facts.panNibbles).forEach((packet, index) => this.#submit(`again-${command.type}-${index}`, packet));
  }

  #closed(): void {
    const unreachable = new CodedError('camera_unreachable', 'The camera does not answer. Check its power and network cable.', { status: 503 });
    for (const pending of this.#pending.values()) pending.reject(unreachable);
    this.#pending.clear();
  }

  #watch(signal: AbortSignal): Promise<void> {
    const openedAtMs = this.#nowMs();
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        this.#ask();
        if (this.#nowMs() - Math.max(openedAtMs, this.#heardAtMs) < SILENCE_MS) return;
        finish(() => reject(new CodedError('camera_silent', this.#advice())));
      }, LOOK_MS);
      const finish = (settle: () => void): void => {
        clearInterval(timer);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => finish(resolve);
      signal.addEventListener('abort', abort, { once: true });
      this.#ask();
    });
  }

  #ask(): void {
    const nowMs = this.#nowMs();
    const topics = dueTopics(this.#rota, nowMs, this.#moving());
    this.#rota = asked(this.#rota, topics, nowMs);
    for (const topic of topics) {
      this.#talk.submit({ key: topic, bytes: questionBytes(topic), kind: 'inquiry', motors: [], insist: 'once', lengths: QUESTIONS[topic].lengths });
    }
  }

  #answered(topic: Topic, data: Buffer): void {
    const nowMs = this.#nowMs();
    const read = QUESTIONS[topic].read(data, this.#profile);
    if (read === null) {
      this.#nonsenseAtMs = nowMs;
      return;
    }
    const before = this.#facts;
    const known = Number.isFinite(this.#heardAtMs) && this.#heardAtMs > nowMs - SILENCE_MS;
    this.#facts = { ...before, ...read };
    this.#heardAtMs = nowMs;
    if (read.version !== undefined) this.#recognise(read.version);
    if (known && moved(before, this.#facts)) this.#sawMotion(nowMs);
  }

  #sawMotion(nowMs: number): void {
    this.#movedAtMs = nowMs;
    const sinceStop = nowMs - this.#stoppedAtMs;
    if (sinceStop < STOP_CHECK_MS[0] || sinceStop > STOP_CHECK_MS[1]) return;
    const stoppedAtMs = this.#stoppedAtMs;
    this.stop();
    this.#stoppedAtMs = stoppedAtMs;
  }

  #recognise(version: NonNullable<Facts['version']>): void {
    const id = this.#options.profile ?? profileOf(version);
    if (id !== null && id !== this.#profile.id) this.#profile = profileWith(this.#options, id);
  }

  #settled(item: Item, outcome: Outcome): void {
    if (item.kind === 'inquiry') {
      if (outcome === 'syntax' || outcome === 'not-executable') this.#rota = refused(this.#rota, item.key as Topic);
      return;
    }
    if (outcome === 'done') this.#taken(item);
    this.#underway.delete(item.key);
    const pending = this.#pending.get(item.key);
    if (pending === undefined) return;
    this.#pending.delete(item.key);
    if (outcome === 'done') pending.resolve();
    else pending.reject(refusal(outcome));
  }

  #taken({ motors }: Item): void {
    this.#heardAtMs = this.#nowMs();
    if (motors.length === 0 || motors.includes('focus')) return;
    this.#movedAtMs = this.#nowMs();
    this.#arrived = false;
  }

  #finished({ key, motors }: Item): void {
    this.#underway.delete(key);
    if (motors.length > 0) this.#arrived = this.#underway.size === 0;
  }

  /** From the positions that were read; a motion that the camera has not reported complete counts too, unless it stands all the while. */
  #moving(): boolean {
    const restingMs = this.#nowMs() - this.#movedAtMs;
    if (this.#underway.size > 0) return restingMs < 3 * REST_MS;
    return restingMs < (this.#arrived ? ARRIVED_MS : REST_MS);
  }

  #ok(): boolean {
    return this.#talk.open && this.#nowMs() - this.#heardAtMs < SILENCE_MS;
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #advice(): string {
    if (this.#nowMs() - this.#nonsenseAtMs < 2 * SILENCE_MS) return 'The camera answers, but not in VISCA. Check that its control port is set to VISCA.';
    return 'The camera does not answer. Check its power and network cable.';
  }
}

/** A zoom that differs from the profile's is another lens, whose curve is not known. */
function profileWith({ maxZoom, fieldOfViewDeg }: ViscaCameraOptions, id: ProfileId): Profile {
  const profile = PROFILES[id];
  const lens = maxZoom === undefined || maxZoom === profile.maxZoom ? {} : { maxZoom, zoomCurve: null };
  return { ...profile, ...lens, ...(fieldOfViewDeg === undefined ? {} : { fieldOfViewDeg }) };
}

function moved(a: Facts, b: Facts): boolean {
  return Math.abs(a.panDeg - b.panDeg) > 0.05 || Math.abs(a.tiltDeg - b.tiltDeg) > 0.05 || Math.abs(a.zoom - b.zoom) > 0.01;
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');

function refusal(outcome: Outcome): CodedError {
  switch (outcome) {
    case 'silent':
      return new CodedError('camera_unreachable', 'The camera did not answer. Check its power and network cable.', { status: 503 });
    case 'superseded':
      return new CodedError('camera_superseded', 'Another command to the camera took the place of this one.', { status: 409 });
    case 'buffer-full':
      return new CodedError('camera_busy', 'The camera is still busy. Try again in a moment.', { status: 409 });
    default:
      return new CodedError('camera_refused', `The camera refused (${outcome}). Close its on-screen menu, and check that it is switched on.`, { status: 409 });
  }
}
