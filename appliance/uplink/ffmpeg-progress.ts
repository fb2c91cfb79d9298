/** The newest `total_size` (bytes written) of a piece of FFmpeg's `-progress` output; null where it says none. */
export function totalSizeOf(text: string): number | null {
  const sizes = [...text.matchAll(/^total_size=(\d+)$/gm)];
  const last = sizes.at(-1)?.[1];
  return last === undefined ? null : Number(last);
}
