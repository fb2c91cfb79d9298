/** RTMP as bytes (Adobe's RTMP 1.0), as far as a publisher needs it: handshake, chunks, commands, and metadata that say the capture time. */
export { captureEpoch, captureEpochUsOf } from './rtmp/capture-epoch.ts';
export { ChunkReader } from './rtmp/chunk-reader.ts';
export { ChunkWriter } from './rtmp/chunk-writer.ts';
export { answerOf, helloOf, NOISE_BYTES } from './rtmp/handshake.ts';
export type { RtmpMessage } from './rtmp/message.ts';
export { beginPublish, endPublish, metadata, nextPublish, publishTarget, type PublishState, type PublishTarget } from './rtmp/publish.ts';
