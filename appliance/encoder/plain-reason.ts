/** What FFmpeg says, and what it means to someone who has to choose a machine or a driver. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/Unknown encoder/i, 'this FFmpeg was built without it'],
  [/Cannot load (libcuda|nvcuda|libnvidia-encode)/i, 'no NVIDIA driver is installed'],
  [/No capable devices found|CUDA_ERROR_NO_DEVICE/i, 'no NVIDIA card that can encode is there'],
  [/minimum required Nvidia driver/i, 'the NVIDIA driver is too old for this FFmpeg'],
  [/No VA display found|Failed to initialise VAAPI|libva.*(failed|error)/i, 'no graphics device with VA-API is there (/dev/dri/renderD128)'],
  [/No usable encoding profile|No usable encoding entrypoint/i, 'the graphics device cannot encode H.264'],
  [/MFX|Failed to set value .qsv|Generic error in an external library/i, 'no Intel Quick Sync device is there'],
  [/Permission denied/i, 'this user may not use the graphics device (groups "video" and "render")'],
  [/Connection refused|No such file or directory/i, 'what it reads from is not there'],
];
/** Lines that only follow from the real cause. */
const CONSEQUENCES = /^(Error (initializing output|opening|while opening)|Conversion failed|\s*Last message repeated|Failed to set value)/i;

/** A short reason in plain words from the end of FFmpeg's standard error. */
export function plainReason(lastWords: string): string {
  const known = MEANINGS.find(([pattern]) => pattern.test(lastWords));
  if (known !== undefined) return known[1];
  const lines = lastWords.split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim());
  const telling = lines.filter((line) => line !== '' && !CONSEQUENCES.test(line)).at(-1) ?? lines.findLast((line) => line !== '');
  return telling === undefined ? 'it ended without a word' : `FFmpeg said "${telling.slice(0, 160)}"`;
}
