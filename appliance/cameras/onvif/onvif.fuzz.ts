import { bent, type FuzzTarget } from '#kit/testing/fuzz.ts';
import { below, oneOf, type Random } from '#kit/testing/random.ts';
import { cameraTimeMs } from './camera-time.ts';
import { FoundDevices } from './found-devices.ts';
import { chooseChallenge } from './http-digest.ts';
import { optionsOf, settingsOf } from './imaging.ts';
import { noticesOf } from './notices.ts';
import { profilesOf } from './profiles.ts';
import { presetsOf, statusOf } from './ptz-status.ts';
import { capabilitiesOf, servicesOf } from './services.ts';
import { readAnswer } from './soap.ts';
import { spacesOf } from './spaces.ts';
import { matchesIn } from './ws-discovery.ts';
import { find } from './xml.ts';

const DEVICE = new URL('http://192.0.2.1/onvif/device_service');
const REACH = { limits: { minPanDeg: -170, maxPanDeg: 170, minTiltDeg: -30, maxTiltDeg: 90 }, maxZoom: 20 };
const PROBE = '5f5a69c2-e0ae-504f-829b-00fdde5abc01';
const SPLICES = [
  '<!DOCTYPE a [<!ENTITY b "&b;&b;">]>', '&b;', '&#0;', '&#x110000;', '&#xD800;', '<![CDATA[', ']]>', '<!--', '-->', '<?', '?>', '</', '/>', '<a', '="', "='", ' xmlns', ' xmlns:x=',
  '<a>'.repeat(60), ' a="1"'.repeat(80), 'NaN', 'INF', '-', '1e999', '__proto__', 'constructor', '\u0000', '\uFEFF', 'x'.repeat(2_000), 'urn:uuid:', 'http://', '%', '\uD800',
] as const;

const ANSWERS = [
  '<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver20/ptz/wsdl</tds:Namespace><tds:XAddr>http://10.0.0.1:80/onvif/ptz?a=b</tds:XAddr></tds:Service></tds:GetServicesResponse>',
  '<tds:GetCapabilitiesResponse><tds:Capabilities><tt:PTZ><tt:XAddr>http://10.0.0.1/ptz</tt:XAddr></tt:PTZ></tds:Capabilities></tds:GetCapabilitiesResponse>',
  '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>9</tt:Hour><tt:Minute>5</tt:Minute><tt:Second>1</tt:Second></tt:Time><tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>21</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>',
  '<trt:GetProfilesResponse><trt:Profiles token="1.0" fixed="true"><tt:Name>Main &amp; only</tt:Name><tt:VideoSourceConfiguration token="v"><tt:SourceToken>s</tt:SourceToken></tt:VideoSourceConfiguration><tt:PTZConfiguration token="p"><tt:NodeToken>n</tt:NodeToken></tt:PTZConfiguration></trt:Profiles></trt:GetProfilesResponse>',
  '<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position><tt:PanTilt x="-0.5" y="0.25" space="http://www.onvif.org/ver10/tptz/PanTiltSpaces/SphericalPositionSpaceDegrees"/><tt:Zoom x="0.1"/></tt:Position><tt:MoveStatus><tt:PanTilt>MOVING</tt:PanTilt></tt:MoveStatus></tptz:PTZStatus></tptz:GetStatusResponse>',
  '<a><Spaces><AbsolutePanTiltPositionSpace><URI>x/SphericalPositionSpaceDegrees</URI><XRange><Min>-170</Min><Max>170</Max></XRange><YRange><Min>-30</Min><Max>90</Max></YRange></AbsolutePanTiltPositionSpace></Spaces></a>',
  '<tptz:GetPresetsResponse><tptz:Preset token="007"><tt:Name><![CDATA[Board & wall]]></tt:Name></tptz:Preset></tptz:GetPresetsResponse>',
  '<timg:GetOptionsResponse><timg:ImagingOptions><tt:Brightness><tt:Min>0</tt:Min><tt:Max>100</tt:Max></tt:Brightness><tt:Focus><tt:AutoFocusModes>AUTO</tt:AutoFocusModes></tt:Focus></timg:ImagingOptions></timg:GetOptionsResponse>',
  '<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>50</tt:Brightness><tt:Focus><tt:AutoFocusMode>AUTO</tt:AutoFocusMode></tt:Focus></timg:ImagingSettings></timg:GetImagingSettingsResponse>',
  '<tev:PullMessagesResponse><wsnt:NotificationMessage><wsnt:Topic>tns1:RuleEngine/CellMotionDetector/Motion</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-11-21T09:00:00Z"><tt:Data><tt:SimpleItem Name="IsMotion" Value="true"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage></tev:PullMessagesResponse>',
  '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">Sender not Authorized</s:Text></s:Reason></s:Fault>',
].map((body) => `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>${body}</s:Body></s:Envelope>`);

const MATCH = `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header><w:RelatesTo>urn:uuid:${PROBE}</w:RelatesTo></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch>`
  + '<w:EndpointReference><w:Address>urn:uuid:1</w:Address></w:EndpointReference><d:Scopes>onvif://www.onvif.org/name/Front%20left onvif://www.onvif.org/hardware/Dome</d:Scopes><d:XAddrs>http://192.0.2.7/onvif/device_service http://[fe80::1]/x</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>';

/** A tag taken out, doubled or moved, and now and then what XML parsers stumble over: bytes alone seldom get beyond the first tag. */
function hurt(seed: Buffer, random: Random): Buffer {
  if (random() < 0.2) return bent(seed, random);
  const parts = seed.toString('utf8').split(/(?=<)/);
  for (let times = 1 + below(3, random); times > 0; times -= 1) {
    const at = below(parts.length, random);
    const part = parts[at] ?? '';
    const cut = below(part.length + 1, random);
    const ways = [
      () => parts.splice(at, 1), () => parts.splice(below(parts.length, random), 0, part), () => (parts[at] = part.slice(0, cut)),
      () => (parts[at] = part.slice(0, cut) + oneOf(SPLICES, random) + part.slice(cut)), () => (parts[at] = part.replaceAll(/\d/g, () => String(below(10, random)))),
      () => (parts[at] = part.replace(/>[^<]*/, () => `>${oneOf(SPLICES, random)}`)),
    ] as const;
    oneOf<() => unknown>(ways, random)();
  }
  return Buffer.from(parts.join(''));
}

/** Every reader on every answer: a camera may answer anything to anything. */
function readAll(input: Buffer): void {
  const answer = readAnswer(input.toString('utf8'));
  servicesOf(answer, DEVICE);
  capabilitiesOf(answer, DEVICE);
  const timeMs = cameraTimeMs(answer);
  if (timeMs !== null && !Number.isFinite(timeMs)) throw new Error('a time that is none');
  profilesOf(answer);
  const { position } = statusOf(answer, spacesOf(find(answer, 'Spaces')), REACH, { panDeg: 0, tiltDeg: 0, zoom: 1 });
  if (position !== null && !Object.values(position).every(Number.isFinite)) throw new Error(`a position that is none: ${JSON.stringify(position)}`);
  presetsOf(answer);
  optionsOf(answer, answer);
  settingsOf(answer);
  noticesOf(answer);
}

const found = new FoundDevices();

function discover(input: Buffer, random: Random): void {
  for (const match of matchesIn(input.toString('utf8'), PROBE)) found.heard({ ...match, endpoint: `${match.endpoint}${below(10_000, random)}` }, '192.0.2.7', 0);
  if (found.list(0).length > 256) throw new Error('the list of devices has no bound');
}

export const onvifTargets: readonly FuzzTarget[] = [
  { name: 'onvif-answer', seeds: () => ANSWERS.map((answer) => Buffer.from(answer)), hurt, feed: readAll },
  { name: 'onvif-discovery', seeds: () => [Buffer.from(MATCH)], hurt, feed: discover },
  {
    name: 'onvif-challenge', feed: (input) => chooseChallenge([input.toString('latin1')]),
    seeds: () => [Buffer.from('Digest realm="IP \\"Camera\\"", qop="auth,auth-int", nonce="abc", opaque="5", algorithm=SHA-256, stale="FALSE"')],
  },
];
