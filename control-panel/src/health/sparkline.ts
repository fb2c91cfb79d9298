/** An SVG path of a series in a box of `width` by `height`; where nothing was measured the line is broken. Empty without two values. */
export function sparkline(values: readonly (number | null)[], width: number, height: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const [low, high] = [Math.min(...known), Math.max(...known)];
  // A flat line is drawn in the middle, not at an end that would mean little or much.
  const y = (value: number): number => (high === low ? height / 2 : height - ((value - low) / (high - low)) * height);
  const x = (at: number): number => (at / (values.length - 1)) * width;
  let pen = 'M';
  return values
    .map((value, at) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const point = `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = 'L';
      return point;
    })
    .join('');
}

/** The newest value that was measured. */
export function latest(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}
