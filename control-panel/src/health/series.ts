import type { HealthSeries } from '#appliance/contract/health.ts';

interface Unit {
  readonly name: string;
  readonly scale: (value: number) => number;
}

const plain = (name: string): Unit => ({ name, scale: (value) => value });

/** What of the box's past is worth a look, in the order in which trouble usually comes. */
export const shownSeries: readonly { readonly series: HealthSeries; readonly unit: Unit; readonly digits: number }[] = [
  { series: 'cpu-percent', unit: plain('%'), digits: 0 },
  { series: 'temperature-c', unit: plain('°C'), digits: 0 },
  { series: 'encoder-fps', unit: plain('/s'), digits: 1 },
  { series: 'encoder-queue', unit: plain(''), digits: 0 },
  { series: 'disk-free-bytes', unit: { name: 'GB', scale: (value: number) => value / 1e9 }, digits: 0 },
  { series: 'uplink-kbps', unit: plain('kbps'), digits: 0 },
  { series: 'program-level-dbfs', unit: plain('dBFS'), digits: 0 },
];
