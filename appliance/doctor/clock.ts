import type { Finding } from './finding.ts';
import { said } from './said.ts';

/** A class starts by the timetable, and students are told how far behind they are: both need the right time. */
export async function lookAtClock(signal: AbortSignal): Promise<Finding> {
  return clockFinding(await said('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], signal), new Date());
}

export function clockFinding(answer: string | null, now: Date): Finding {
  const about = 'Clock';
  const time = now.toISOString();
  if (answer?.trim() === 'yes') return { about, verdict: 'good', says: `${time}, set by the network.` };
  const why = answer?.trim() === 'no' ? 'is not set by the network: start systemd-timesyncd or chrony' : 'may or may not be set by the network: this system does not tell';
  return { about, verdict: 'look', says: `${time}, which ${why}.` };
}
