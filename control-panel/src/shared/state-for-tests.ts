import type { State } from '#appliance/contract/state.ts';

type Over = { readonly [K in keyof State]?: State[K] extends unknown[] ? State[K] : State[K] extends object ? Partial<State[K]> : State[K] };

const calm: State = {
  room: 'room-301',
  roomName: 'Room 301',
  at: '2026-09-07T10:30:00.000Z',
  lesson: { phase: 'idle', id: null, title: '', teacher: '', startedAt: null, endsAt: null },
  next: null,
  notReady: [],
  layout: 'camera',
  layouts: [],
  inset: { corner: 'bottom-right', size: 'medium' },
  muted: false,
  sound: { program: { levelDbfs: -90, peakDbfs: -90, loudnessLufs: -70, truePeakDbtp: -90, gainDb: 0 }, sources: [], alarms: [] },
  recording: { id: null, active: false, proven: false, doubt: '', bytes: 0, lastFragmentAt: null, gaps: [], freeHours: 41,
    tracks: [], pauses: [], heldBackSeconds: 0, redactions: [], disk: { freeHours: 41, level: 'ok', message: '' }, streamOnly: false },
  stream: {
    protocol: 'none', transport: 'none', sending: false, seenAtEdge: false, stopped: false, layers: [], estimateKbps: null, lossPercent: null, rttMs: null,
    viewers: 0, delayMs: 0, problem: '',
  },
  sources: [],
  encoder: { name: 'libx264', fps: 25, renditions: [], refused: [] },
  cameras: [],
  cloud: { state: 'idle', pendingBytes: 0, remainingSeconds: null, problem: '', recordings: [] },
  enrolment: { phase: 'claimed', claimCode: null, claimUrl: null, campusReachable: true },
  schedule: { source: 'none', fetchedAt: null, problem: '', today: [], missed: [], nextStartsInSeconds: null, startBy: 'touch', ending: null },
  rehearsal: { at: null, forClass: null, verdict: 'none', checks: [] },
  health: { verdict: 'ok', alarms: [] },
  share: { offered: true, open: false, url: 'https://192.0.2.10:8081/share', code: null, expiresAt: null, active: false, name: '', since: null, waiting: null },
};

/** An idle, ready room with some of it changed. */
export function stateWith(over: Over): State {
  const merged: Record<string, unknown> = { ...calm };
  for (const [key, part] of Object.entries(over)) {
    const base = merged[key];
    const mergeable = typeof part === 'object' && part !== null && !Array.isArray(part) && typeof base === 'object' && base !== null;
    merged[key] = mergeable ? { ...base, ...part } : part;
  }
  return merged as State;
}
