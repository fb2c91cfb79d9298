import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Playback } from '#edge-relay/contract/api.ts';
import { FLV_TAG, FlvReader } from '#kit/media/flv.ts';
import { captureEpochUsOf } from '#kit/media/rtmp.ts';
import { MediaWatch } from './media-watch.ts';
import { keepWatching, type LightViewer, type Ticket } from './viewer.ts';

const PICTURE_US = 40_000;
/** AVCPacketType 1: a picture, and not its configuration (Adobe FLV 10.1, E.4.3.1). */
const NALU = 1;

/** By HTTP-FLV, every tag taken apart. */
export function flvViewer(ticket: Ticket): LightViewer {
  const watch = new MediaWatch();
  const sit = async ({ flv }: Playback, signal: AbortSignal): Promise<void> => {
    const [response] = (await once(get(flv, { agent: false, signal }), 'response', { signal })) as [IncomingMessage];
    try {
      if (response.statusCode !== 200) throw new Error(`HTTP-FLV was answered with ${response.statusCode}`);
      watch.sits();
      await take(response, watch);
    } finally {
      response.destroy();
    }
  };
  return { name: `FLV ${ticket.room}`, room: ticket.room, watch, run: (signal) => keepWatching(ticket, watch, sit, signal) };
}

async function take(response: IncomingMessage, watch: MediaWatch): Promise<void> {
  const reader = new FlvReader();
  let epochUs: number | null = null;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    for (const { type, timestampMs, data } of reader.push(chunk)) {
      if (type === FLV_TAG.script) epochUs = captureEpochUsOf(data) ?? epochUs;
      if (type !== FLV_TAG.video || data[1] !== NALU) continue;
      if (epochUs === null) watch.fault('a stream that does not say when it was captured');
      else watch.picture(epochUs + timestampMs * 1000, PICTURE_US);
    }
  }
}
