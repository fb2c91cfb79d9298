import { find, findAll, numberOf, textAt, type XmlElement } from './xml.ts';

/** What a camera can send: one picture, at one size, of one lens. */
export interface MediaProfile {
  /** Opaque: never a number, however much it looks like one. */
  readonly token: string;
  readonly name: string;
  readonly videoSource: string | null;
  readonly encoding: string;
  readonly width: number;
  readonly height: number;
  /** Null where the lens of this profile does not move. */
  readonly ptzConfiguration: string | null;
  readonly ptzNode: string | null;
}

const MAX_PROFILES = 64;
const MAX_TOKEN = 128;

/** From Media's `GetProfilesResponse`, and from Media2's, which puts the same into `Configurations`. */
export function profilesOf(answer: XmlElement): MediaProfile[] {
  return findAll(answer, 'Profiles').slice(0, MAX_PROFILES).flatMap((profile) => {
    const token = profile.attributes.get('token') ?? '';
    return token === '' || token.length > MAX_TOKEN ? [] : [profileOf(profile, token)];
  });
}

function profileOf(profile: XmlElement, token: string): MediaProfile {
  const second = find(profile, 'Configurations');
  const [source, encoder, ptz] = second === undefined
    ? ['VideoSourceConfiguration', 'VideoEncoderConfiguration', 'PTZConfiguration'].map((name) => find(profile, name))
    : ['VideoSource', 'VideoEncoder', 'PTZ'].map((name) => find(second, name));
  const number = (name: string): number => numberOf(textAt(encoder, 'Resolution', name)) ?? 0;
  return {
    token, name: textAt(profile, 'Name').slice(0, MAX_TOKEN) || token, videoSource: textAt(source, 'SourceToken') || null,
    encoding: textAt(encoder, 'Encoding'), width: number('Width'), height: number('Height'),
    ptzConfiguration: ptz?.attributes.get('token') ?? null, ptzNode: textAt(ptz, 'NodeToken') || null,
  };
}

/** By token or name where one is wanted; else the first that moves, else the first with a picture. */
export function chooseProfile(profiles: readonly MediaProfile[], wanted: string | undefined): MediaProfile | undefined {
  if (wanted !== undefined) return profiles.find(({ token, name }) => token === wanted || name === wanted);
  const pictured = profiles.filter(({ videoSource, encoding }) => videoSource !== null && encoding !== '');
  return pictured.find(({ ptzConfiguration }) => ptzConfiguration !== null) ?? pictured[0];
}
