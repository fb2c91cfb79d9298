/** What Linux tells of itself in files and by chronyc(1). Pure: text in, figures out; what is not understood is null or nothing. */

/** `/sys/block/<disk>/stat` (Documentation/block/stat.rst): field 10 is the ms that the disk was busy. */
export function busyMsOf(stat: string): number | null {
  return numberOrNull(stat.trim().split(/\s+/)[9]);
}

/** `/proc/net/dev`: errors and drops of every interface but the loopback, both ways, by its name. */
export function networkErrorsOf(text: string): Record<string, number> {
  const lines = text.split('\n').map((line) => /^\s*([^:\s]+):\s*(.*)$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((match): [string, number][] => {
      const [, name = '', rest = ''] = match ?? [];
      const fields = rest.trim().split(/\s+/).map(Number);
      // Receive: bytes packets errs drop …; transmit from the ninth field on.
      return name === '' || name === 'lo' ? [] : [[name, [2, 3, 10, 11].reduce((total, at) => total + (fields[at] ?? 0), 0)]];
    }),
  );
}

/** `/sys/block/<disk>/device/ioerr_cnt` by disk: hexadecimal, of SCSI and SATA disks. One that has none, or is gone, is left out. */
export function ioErrorsOf(texts: Readonly<Record<string, string>>): Record<string, number> {
  const counts = Object.entries(texts).map(([disk, text]): [string, number] => [disk, Number.parseInt(text.trim(), 16)]);
  return Object.fromEntries(counts.filter(([, count]) => Number.isFinite(count)));
}

/**
 * `/sys/fs/ext4/<device>/errors_count` (fs/ext4/sysfs.c) by device, from its superblock: what the file system could not read or write of
 * its own, or found broken, since it was last checked. Its name tells it apart from the disk’s own count.
 */
export function ext4ErrorsOf(texts: Readonly<Record<string, string>>): Record<string, number> {
  const counts = Object.entries(texts).map(([device, text]): [string, number] => [`ext4 on ${device}`, Number.parseInt(text.trim(), 10)]);
  return Object.fromEntries(counts.filter(([, count]) => Number.isFinite(count)));
}

/** `/sys/class/thermal/thermal_zone<n>/temp`: thousandths of a degree. */
export function degreesOf(text: string): number | null {
  const thousandths = numberOrNull(text.trim());
  return thousandths === null || thousandths <= 0 ? null : thousandths / 1000;
}

/**
 * `chronyc -c tracking`: the fifth field is how far the system's clock is from NTP time, in seconds, positive when it is slow; the third
 * is the stratum, 0 while there is no source.
 */
export function clockErrorMsOf(csv: string): number | null {
  const fields = csv.trim().split(',');
  const seconds = numberOrNull(fields[4]);
  if (seconds === null || (numberOrNull(fields[2]) ?? 0) === 0) return null;
  return seconds === 0 ? 0 : -seconds * 1000;
}

function numberOrNull(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
