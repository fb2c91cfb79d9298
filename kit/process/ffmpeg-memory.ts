/**
 * What FFmpeg is started with wherever it handles raw pictures for hours (mallopt(3)). A picture of 1.4 MB lives for a frame: by itself glibc
 * gives such memory back to the kernel each time and has it zeroed again for the next one, which was a seventh of what an encoder did.
 */
export const KEEP_MEMORY: Readonly<Record<string, string>> = { MALLOC_MMAP_THRESHOLD_: String(32 << 20), MALLOC_TRIM_THRESHOLD_: String(256 << 20), MALLOC_ARENA_MAX: '1' };
