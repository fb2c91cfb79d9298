/** Messages between the appliance and its uploader child (Node IPC). The recordings folder itself is the queue: nothing is lost with a message. */
import Type, { type Static } from 'typebox';

export const ToUploader = Type.Union([
  Type.Object({ type: Type.Literal('credentials'), uploadsUrl: Type.String(), libraryUrl: Type.String(), token: Type.String(), expiresAt: Type.String() }),
  /** Something changed in the recordings folder: look now rather than at the next poll. */
  Type.Object({ type: Type.Literal('changed') }),
  /** The disk runs low: delete the oldest recordings that the library has called safe, so many bytes of them. Never others. */
  Type.Object({ type: Type.Literal('make-room'), bytes: Type.Integer({ minimum: 0 }) }),
  /** A class goes over the same line: so much at most until the next word, null for as much as there is. Less where the configuration says so. */
  Type.Object({ type: Type.Literal('give-way'), bytesPerSecond: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]) }),
]);
export type ToUploader = Static<typeof ToUploader>;

export const FromUploader = Type.Object({
  type: Type.Literal('uploads'),
  state: Type.Enum(['idle', 'uploading', 'verified', 'failing']),
  pendingBytes: Type.Integer(),
  remainingSeconds: Type.Union([Type.Number(), Type.Null()]),
  problem: Type.String({ description: 'a sentence, empty when all is well' }),
  /** The newest first, 50 at most; `safe` only after the library's verdict. */
  recordings: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), endedAt: Type.Union([Type.String(), Type.Null()]), safe: Type.Boolean() })),
});
export type FromUploader = Static<typeof FromUploader>;

/** `cloud-sync/uploader/main.ts --config FILE`, started by the appliance as a child with IPC. */
export const UploaderConfig = Type.Object(
  {
    recordingsDir: Type.String(),
    databaseFile: Type.String(),
    /** Bytes a second at most, 0 for no limit. */
    limitBytesPerSecond: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type UploaderConfig = Static<typeof UploaderConfig>;
