import { textAt, type XmlElement } from '#appliance/cameras/onvif/xml.ts';
import { badArgument, unsupported } from './soap.ts';

/** Tokens that look like numbers, as some cameras' do: they are none. */
const PROFILES = [
  { token: '1.0', name: 'Main', width: 1280, height: 720, ptz: true },
  { token: '002', name: 'Still lens', width: 640, height: 360, ptz: false },
] as const;
export const VIDEO_SOURCE = 'lens-0';
export const SNAPSHOT_PATH = '/onvif/snapshot.jpg';

/** Media (ver10) and Media2 (ver20) tell the same in two grammars. `rtsp` is the address of the room's own server. */
export function answerMedia(request: XmlElement, second: boolean, rtsp: string, origin: string): string {
  const prefix = second ? 'tr2' : 'trt';
  switch (request.name) {
    case 'GetProfiles':
      return `<${prefix}:GetProfilesResponse>${PROFILES.map((profile) => (second ? profile2(profile) : profile1(profile))).join('')}</${prefix}:GetProfilesResponse>`;
    case 'GetStreamUri':
      requireProfile(request);
      return uri(prefix, 'GetStreamUri', `${rtsp}/camera`, second);
    case 'GetSnapshotUri':
      requireProfile(request);
      return uri(prefix, 'GetSnapshotUri', origin + SNAPSHOT_PATH, second);
    case 'GetVideoSources':
      return `<trt:GetVideoSourcesResponse><trt:VideoSources token="${VIDEO_SOURCE}"><tt:Framerate>25</tt:Framerate></trt:VideoSources></trt:GetVideoSourcesResponse>`;
    default:
      throw unsupported();
  }
}

export function requireProfile(request: XmlElement): void {
  if (!PROFILES.some(({ token }) => token === textAt(request, 'ProfileToken'))) throw badArgument('NoProfile', 'The requested profile token does not exist');
}

function profile1({ token, name, width, height, ptz }: (typeof PROFILES)[number]): string {
  const source = `<tt:VideoSourceConfiguration token="vsc"><tt:Name>vsc</tt:Name><tt:SourceToken>${VIDEO_SOURCE}</tt:SourceToken></tt:VideoSourceConfiguration>`;
  const encoder = `<tt:VideoEncoderConfiguration token="vec"><tt:Encoding>H264</tt:Encoding>${resolution(width, height)}</tt:VideoEncoderConfiguration>`;
  return `<trt:Profiles token="${token}" fixed="true"><tt:Name>${name}</tt:Name>${source}${encoder}${ptz ? '<tt:PTZConfiguration token="ptz"><tt:NodeToken>node</tt:NodeToken></tt:PTZConfiguration>' : ''}</trt:Profiles>`;
}

function profile2({ token, name, width, height, ptz }: (typeof PROFILES)[number]): string {
  const source = `<tr2:VideoSource token="vsc"><tt:Name>vsc</tt:Name><tt:SourceToken>${VIDEO_SOURCE}</tt:SourceToken></tr2:VideoSource>`;
  const encoder = `<tr2:VideoEncoder token="vec"><tt:Encoding>H264</tt:Encoding>${resolution(width, height)}</tr2:VideoEncoder>`;
  const moves = ptz ? '<tr2:PTZ token="ptz"><tt:NodeToken>node</tt:NodeToken></tr2:PTZ>' : '';
  return `<tr2:Profiles token="${token}" fixed="true"><tr2:Name>${name}</tr2:Name><tr2:Configurations>${source}${encoder}${moves}</tr2:Configurations></tr2:Profiles>`;
}

function resolution(width: number, height: number): string {
  return `<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>`;
}

function uri(prefix: string, operation: string, address: string, second: boolean): string {
  const inside = second ? `<tr2:Uri>${address}</tr2:Uri>` : `<trt:MediaUri><tt:Uri>${address}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect></trt:MediaUri>`;
  return `<${prefix}:${operation}Response>${inside}</${prefix}:${operation}Response>`;
}
