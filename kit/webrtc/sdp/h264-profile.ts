import type { RemoteCodec } from './description.ts';

/** H.264 profiles as WebRTC tells them apart (RFC 6184 section 8.1, table 5). */
type Profile = 'constrained-baseline' | 'baseline' | 'main' | 'constrained-high' | 'high';

/** profile_idc, then which constraint bits must be set or clear, then the profile. First match counts. */
const PATTERNS: readonly (readonly [number, number, number, Profile])[] = [
  [0x42, 0x4f, 0x40, 'constrained-baseline'],
  [0x4d, 0x8f, 0x80, 'constrained-baseline'],
  [0x58, 0xcf, 0xc0, 'constrained-baseline'],
  [0x42, 0x4f, 0x00, 'baseline'],
  [0x4d, 0xaf, 0x00, 'main'],
  [0x64, 0xff, 0x0c, 'constrained-high'],
  [0x64, 0xff, 0x00, 'high'],
];

/** Profiles a decoder of the first can be given besides its own, nearest first. */
const ACCEPTABLE: Readonly<Record<Profile, readonly Profile[]>> = {
  'constrained-baseline': ['constrained-baseline', 'baseline', 'main', 'constrained-high', 'high'],
  baseline: ['baseline', 'constrained-baseline'],
  main: ['main', 'high'],
  'constrained-high': ['constrained-high', 'high'],
  high: ['high', 'constrained-high'],
};

export function profileOf(profileLevelId: string): Profile | null {
  if (!/^[0-9a-fA-F]{6}$/.test(profileLevelId)) return null;
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16);
  return PATTERNS.find(([wanted, mask, bits]) => idc === wanted && (constraints & mask) === bits)?.[3] ?? null;
}

/** Value of one `key=value` of an fmtp line. */
export function fmtpValue(fmtp: string, key: string): string | null {
  const pairs = fmtp.split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name?.toLowerCase() === key)?.[1] ?? null;
}

/** The offered H.264 format (packetization-mode 1) that fits a stream of this profile best, or null. */
export function chooseH264(codecs: readonly RemoteCodec[], profileLevelId: string): RemoteCodec | null {
  const usable = codecs.filter(({ name, clockHz, fmtp }) => name === 'h264' && clockHz === 90_000 && fmtpValue(fmtp, 'packetization-mode') === '1');
  const wanted = ACCEPTABLE[profileOf(profileLevelId) ?? 'constrained-baseline'];
  const rank = (codec: RemoteCodec): number => {
    // RFC 6184 section 8.1: without profile-level-id it is baseline at level 1.
    const profile = profileOf(fmtpValue(codec.fmtp, 'profile-level-id') ?? '42000a');
    const at = profile === null ? -1 : wanted.indexOf(profile);
    return at === -1 ? wanted.length : at;
  };
  return usable.toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** `profile-level-id` for our answer: the stream's own where it is of the chosen format's profile (Safari shows black otherwise). */
export function answeredProfileLevelId(chosen: RemoteCodec, profileLevelId: string): string {
  const offered = fmtpValue(chosen.fmtp, 'profile-level-id') ?? '42000a';
  return profileOf(offered) === profileOf(profileLevelId) ? profileLevelId.toLowerCase() : offered.toLowerCase();
}
