import { attendant } from './attendant.ts';
import { flvViewer } from './flv-viewer.ts';
import { hlsViewer } from './hls-viewer.ts';
import { courseOf, type LoneEdge, openLoneEdge, type RoomName, ROOMS } from './lone-edge.ts';
import { type ClassPublisher, rtmpPublisher, whipPublisher } from './publishers.ts';
import { eventually } from '../../product/eventually.ts';
import { Recorder } from './recorder.ts';
import type { LightViewer, Ticket } from './viewer.ts';
import { whepViewer } from './whep-viewer.ts';

/** Two classes on one edge, with a viewer by every protocol in each. */
export interface EdgeStage {
  readonly edge: LoneEdge;
  readonly viewers: readonly LightViewer[];
  readonly publishers: Readonly<Record<RoomName, ClassPublisher>>;
  /** Of the student who watches room 1 by WHEP: what goes to the edge. */
  readonly recorder: Recorder;
  /** A student with a ticket and bad intentions. */
  readonly intruder: Ticket;
  /** Sessions of students who may not watch: one without a ticket, one whose ticket was revoked. */
  readonly outsiders: readonly Ticket[];
  close(): Promise<void>;
}

const JOIN_WITHIN_MS = 60_000;

export async function openStage(): Promise<EdgeStage> {
  const edge = await openLoneEdge();
  const stop = new AbortController();
  const publishers = { 'room-1': whipPublisher(edge, 'room-1'), 'room-2': rtmpPublisher(edge, 'room-2') };
  const recorder = new Recorder();
  let watching: Promise<unknown> = Promise.resolve();
  const close = async (): Promise<void> => {
    stop.abort();
    await watching;
    for (const publisher of Object.values(publishers)) await publisher.kill();
    await edge.close();
  };
  try {
    for (const publisher of Object.values(publishers)) publisher.begin();
    const ticket = async (account: string, room: RoomName): Promise<Ticket> => ({ url: edge.url, room, session: await edge.student(account, [room]) });
    const viewers: LightViewer[] = [];
    for (const room of ROOMS) {
      viewers.push(
        whepViewer(await ticket(`whep-${room}`, room), room === 'room-1' ? { bind: recorder.bind } : {}),
        hlsViewer(await ticket(`hls-${room}`, room)),
        flvViewer(await ticket(`flv-${room}`, room)),
      );
    }
    viewers.push(attendant(await ticket('attendant', 'room-1')));
    watching = Promise.all(viewers.map((viewer) => viewer.run(stop.signal)));
    const outsiders = [{ url: edge.url, room: ROOMS[0], session: await edge.student('stranger', []) }, await ticket('revoked', ROOMS[0])];
    await edge.admin('DELETE', `tickets/revoked/${courseOf(ROOMS[0])}`);
    const intruder = await ticket('intruder', ROOMS[0]);
    await allPlay(viewers, Date.now(), JOIN_WITHIN_MS);
    return { edge, viewers, publishers, recorder, intruder, outsiders, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Until every viewer has pictures that were captured after that moment. */
export async function allPlay(viewers: readonly LightViewer[], sinceMs: number, timeoutMs: number): Promise<void> {
  await eventually('everybody plays', () => {
    const waiting = viewers.filter(({ watch }) => watch.newestMs <= sinceMs);
    if (waiting.length === 0) return true;
    throw new Error(waiting.map(({ name, watch }) => `${name} waits: ${watch.lastWords}`).join('; '));
  }, { timeoutMs, everyMs: 25 });
}
