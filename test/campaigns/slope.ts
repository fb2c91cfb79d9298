export interface Sample {
  readonly hours: number;
  readonly megabytes: number;
}

/** Of the straight line that lies nearest to the samples (least squares), megabytes an hour. */
export function slopePerHour(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [hours, megabytes] = [mean((sample) => sample.hours), mean((sample) => sample.megabytes)];
  const rise = samples.reduce((sum, sample) => sum + (sample.hours - hours) * (sample.megabytes - megabytes), 0);
  const run = samples.reduce((sum, sample) => sum + (sample.hours - hours) ** 2, 0);
  return run === 0 ? 0 : rise / run;
}

/** How far that may be off by the samples' own scatter (its standard error), megabytes an hour; Infinity for fewer than three. */
export function slopeError(samples: readonly Sample[]): number {
  const slope = slopePerHour(samples);
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [hours, megabytes] = [mean((sample) => sample.hours), mean((sample) => sample.megabytes)];
  const scatter = samples.reduce((sum, sample) => sum + (sample.megabytes - megabytes - slope * (sample.hours - hours)) ** 2, 0);
  const run = samples.reduce((sum, sample) => sum + (sample.hours - hours) ** 2, 0);
  return samples.length < 3 || run === 0 ? Infinity : Math.sqrt(scatter / (samples.length - 2) / run);
}
