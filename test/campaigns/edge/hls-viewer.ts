import { setTimeout as delay } from 'node:timers/promises';
import type { Playback } from '#edge-relay/contract/api.ts';
import { findBox, walkBoxes } from '#kit/media/fmp4.ts';
import { MediaWatch } from './media-watch.ts';
import { type ListedPiece, readMediaList } from './media-list.ts';
import { keepWatching, type LightViewer, type Ticket } from './viewer.ts';

/** A player that comes new begins at the last parts. */
const FIRST_PIECES = 3;
/** Parts of a segment in which pictures were lost add up to a picture more than the segment: their order is told by their decode times. */
const OVERLAP_US = 100_000;
/** A playlist that waited for a part in vain: players ask again. */
const NOTHING_YET = 503;
const AGAIN_MS = 1_000;
/** Program date-time has milliseconds, and parts are cut to the frame. */
const ROUNDING_US = 20_000;

/** By LL-HLS with blocking reload; every piece is fetched and its decode time looked at. */
export function hlsViewer(ticket: Ticket): LightViewer {
  const watch = new MediaWatch();
  const sit = async ({ hls }: Playback, signal: AbortSignal): Promise<void> => {
    const [variant] = (await text(hls, signal)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const list = new URL(variant ?? '', hls).href;
    watch.sits();
    const last = { startUs: 0, endUs: watch.newestMs * 1000 + ROUNDING_US, decodeTime: -1n, map: '' };
    for (let next: string | null = ''; next !== null; ) {
      const playlist = await patiently(list + next, signal);
      const listed = readMediaList(playlist);
      for (const piece of fresh(listed.pieces, last.endUs)) {
        await fetchPiece(piece, new URL(piece.uri, list).href, { watch, last, map: mapOf(playlist), signal });
        last.endUs = piece.startUs + piece.durationUs - ROUNDING_US;
      }
      next = listed.next;
    }
  };
  return { name: `HLS ${ticket.room}`, room: ticket.room, watch, run: (signal) => keepWatching(ticket, watch, sit, signal) };
}

interface Playing {
  readonly watch: MediaWatch;
  readonly last: { startUs: number; decodeTime: bigint; map: string };
  readonly map: string;
  readonly signal: AbortSignal;
}

async function fetchPiece({ uri, startUs, durationUs }: ListedPiece, url: string, { watch, last, map, signal }: Playing): Promise<void> {
  const decodeTime = decodeTimeOf(await bytes(url, signal));
  // Another initialisation section begins another era, and its own time.
  if (map === last.map && decodeTime <= last.decodeTime) watch.fault(`decode time ${decodeTime} after ${last.decodeTime}`);
  const overlaps = startUs <= last.startUs && last.startUs - startUs < OVERLAP_US;
  const atUs = overlaps ? last.startUs + 1 : startUs;
  Object.assign(last, { startUs: atUs, decodeTime, map });
  watch.picture(atUs, durationUs, `${uri.replace(/\?.*/, '')} of ${Math.round(durationUs / 1000)} ms`);
}

function fresh(pieces: readonly ListedPiece[], afterUs: number): readonly ListedPiece[] {
  const newer = pieces.filter(({ startUs }) => startUs >= afterUs);
  return newer.length === pieces.length ? newer.slice(-FIRST_PIECES) : newer;
}

/** baseMediaDecodeTime (ISO/IEC 14496-12 section 8.8.12) of the first fragment. */
function decodeTimeOf(media: Buffer): bigint {
  const moof = walkBoxes(media).find(({ type }) => type === 'moof');
  const tfdt = moof === undefined ? null : findBox(moof.payload, ['traf', 'tfdt']);
  if (tfdt === null) throw new Error('a part without a fragment');
  return tfdt.readUInt8(0) === 1 ? tfdt.readBigUInt64BE(4) : BigInt(tfdt.readUInt32BE(4));
}

/** The last initialisation section that is listed. */
function mapOf(playlist: string): string {
  return playlist.split('\n').findLast((line) => line.startsWith('#EXT-X-MAP') || line.startsWith('#EXT-X-DISCONTINUITY-SEQUENCE')) ?? '';
}

async function patiently(url: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const response = await fetch(url, { signal });
    const body = await response.text();
    if (response.status === 200) return body;
    if (response.status !== NOTHING_YET) throw new Error(`HLS was answered with ${response.status}: ${body.slice(0, 200)}`);
    await delay(AGAIN_MS, undefined, { signal });
  }
}

async function text(url: string, signal: AbortSignal): Promise<string> {
  return (await bytes(url, signal)).toString();
}

async function bytes(url: string, signal: AbortSignal): Promise<Buffer> {
  const response = await fetch(url, { signal });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`HLS was answered with ${response.status}: ${body.toString('utf8', 0, 200)}`);
  return body;
}
