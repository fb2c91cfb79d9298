import { find, numberOf, textAt, type XmlElement } from './xml.ts';

/** The camera's time of day from `GetSystemDateAndTimeResponse` (core specification, section 8.3.3), or null where it gives none that is one. */
export function cameraTimeMs(answer: XmlElement): number | null {
  const whole = find(answer, 'SystemDateAndTime');
  const time = find(whole, 'UTCDateTime') ?? find(whole, 'LocalDateTime');
  const parts = [['Date', 'Year'], ['Date', 'Month'], ['Date', 'Day'], ['Time', 'Hour'], ['Time', 'Minute'], ['Time', 'Second']].map((path) => numberOf(textAt(time, ...path)));
  const [year, month, day, hour, minute, second] = parts;
  if (year == null || month == null || day == null || hour == null || minute == null || second == null) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(ms) ? null : ms;
}
