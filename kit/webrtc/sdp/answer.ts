import { CodedError } from '#kit/process/errors.ts';
import type { AgreedStream } from '../stream.ts';
import { badSdp, parseDescription, type RemoteDescription, type RemoteMedia } from './description.ts';
import { extensionIdsOf } from './negotiate.ts';

export interface ReadAnswer {
  readonly description: RemoteDescription;
  readonly streams: AgreedStream[];
}

/** What is left of our offer after the far end's answer (RFC 3264 section 7). Throws `bad_sdp` or `no_common_codec`. */
export function readAnswer(answerSdp: string, offered: readonly AgreedStream[]): ReadAnswer {
  const description = parseDescription(answerSdp);
  if (description.media.length !== offered.length) throw badSdp('the answer has other m-lines than the offer');
  const streams = offered.flatMap((stream, index) => {
    const media = description.media[index];
    return media === undefined ? [] : accepted(stream, media);
  });
  if (streams.length === 0) throw new CodedError('no_common_codec', 'The far end takes neither our video nor our audio.', { status: 406 });
  return { description, streams };
}

function accepted(stream: AgreedStream, media: RemoteMedia): AgreedStream[] {
  const codec = media.codecs.find(({ payloadType }) => payloadType === stream.payloadType);
  const wanted = stream.direction === 'send' ? 'recvonly' : 'sendonly';
  if (media.refused || codec === undefined || (media.direction !== wanted && media.direction !== 'sendrecv')) return [];
  const rtx = media.codecs.some(({ payloadType }) => payloadType === stream.rtxPayloadType);
  return [
    {
      ...stream,
      rtxPayloadType: rtx ? stream.rtxPayloadType : null,
      nack: codec.feedback.includes('nack'),
      extensions: extensionIdsOf(media),
      layers: stream.layers.filter(({ rid }) => rid === null || media.receiveRids.includes(rid)),
    },
  ];
}
