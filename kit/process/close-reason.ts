/** RFC 6455 section 5.5: a control frame holds 125 bytes, 2 of them the code. `ws` throws at more. */
const MAX_BYTES = 123;

/** What can be said with a WebSocket's close, however long it is and whoever wrote it. Characters take up to four bytes. */
export function closeReason(text: string): string {
  // What is cut within a character becomes one that says so, of three bytes at most.
  return Buffer.from(text).subarray(0, MAX_BYTES - 3).toString();
}
