import type { Product } from '../product/product.ts';
import { RoomBox } from '../product/room-box.ts';
import { Student } from '../product/student.ts';
import type { Moment } from './screens.ts';

/** Brings the room to a moment of its class; `after` needs `during` to have been. */
export async function bringTo(moment: Moment, { demo }: Product): Promise<void> {
  const box = new RoomBox(demo);
  if (moment === 'before') return;
  if (moment === 'during') {
    await box.layout('picture-in-picture');
    await box.start();
    await box.until('a class that is proven and seen', ({ recording, stream }) => recording.proven && stream.seenAtEdge);
    return;
  }
  const { recording } = await box.state();
  await box.rest();
  if (recording.id === null) throw new Error('There is no replay of a class that never was.');
  await new Student(demo).replayOf(recording.id, { timeoutMs: 60_000 });
}

export const MOMENTS: readonly Moment[] = ['before', 'during', 'after'];
