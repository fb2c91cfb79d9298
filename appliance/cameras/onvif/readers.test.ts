import { expect, it } from 'vitest';
import { cameraTimeMs } from './camera-time.ts';
import { chooseChallenge, digestAuthorization } from './http-digest.ts';
import { signedAddress } from './media.ts';
import { isMoving, next, UNMOVED } from './motion.ts';
import { chooseProfile, profilesOf } from './profiles.ts';
import { presetsOf } from './ptz-status.ts';
import { RequestWriter } from './request-writer.ts';
import { ownAddress } from './services.ts';
import { readAnswer, SoapFault } from './soap.ts';
import { degreesToSpace, spacesOf, spaceToDegrees, spaceToZoom, velocityIn, zoomToSpace } from './spaces.ts';
import { find, parseXml } from './xml.ts';

const refused = expect.objectContaining({ code: 'camera_bad_answer' });

it('reads elements by their local names, with entities, sections and comments', () => {
  const root = parseXml('\uFEFF<?xml version="1.0"?><!-- x --><a:one xmlns:a="u" a:x="1&quot;" y=\'2>\'><two>&lt;&#x41;&#66;<![CDATA[<&]]> </two><two/></a:one>');
  expect(root).toMatchObject({ name: 'one', attributes: new Map([['x', '1"'], ['y', '2>']]) });
  expect(root.children.map(({ text }) => text)).toEqual(['<AB<&', '']);
});

it.each([
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'], ['an unknown entity', '<a>&b;</a>'], ['an impossible character', '<a>&#x110000;</a>'],
  ['a tag that is left open', '<a><b></a>'], ['an end too early', '<a><b>'], ['two roots', '<a/><b/>'], ['text around it', 'a<b/>'], ['nothing', ''],
  ['an attribute that is left open', '<a b="c>'], ['nesting', '<a>'.repeat(60)], ['many elements', `<a>${'<b/>'.repeat(20_001)}</a>`],
  ['many attributes', `<a ${Array.from({ length: 70 }, (_, index) => `b${index}="1"`).join(' ')}/>`], ['length', `<a>${'x'.repeat(1_048_577)}</a>`], ['a comment without end', '<a><!-- </a>'],
])('refuses %s', (_what, text) => {
  expect(() => parseXml(text)).toThrow(refused);
});

it('tells a refusal from an answer, of either SOAP', () => {
  const fault = (inside: string): string => `<Envelope><Body><Fault>${inside}</Fault></Body></Envelope>`;
  const thrown = (text: string): SoapFault => {
    try {
      readAnswer(text);
    } catch (error) {
      if (error instanceof SoapFault) return error;
    }
    throw new Error('no fault');
  };
  expect(thrown(fault('<Code><Value>s:Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code>')).isNotAuthorized).toBe(true);
  expect(thrown(fault('<faultcode>x:Client</faultcode><faultstring>Not authorised</faultstring>')).isNotAuthorized).toBe(true);
  expect(thrown(fault('<Code><Value>s:Receiver</Value><Subcode><Value>ter:ActionNotSupported</Value></Subcode></Code>'))).toMatchObject({ isUnsupported: true, isNotAuthorized: false });
  expect(() => readAnswer('<html><body/></html>')).toThrow(refused);
});

it('keeps tokens as they are, however much they look like numbers', () => {
  const profiles = profilesOf(parseXml('<r><Profiles token="1.0"><Name>12</Name></Profiles><Profiles token=""/><Profiles token="true"><Configurations><VideoSource><SourceToken>0</SourceToken></VideoSource><VideoEncoder><Encoding>H264</Encoding></VideoEncoder><PTZ token="007"/></Configurations></Profiles></r>'));
  expect(profiles.map(({ token, name, ptzConfiguration }) => [token, name, ptzConfiguration])).toEqual([['1.0', '12', null], ['true', 'true', '007']]);
  expect(chooseProfile(profiles, undefined)?.token).toBe('true');
  expect(chooseProfile(profiles, '12')?.token).toBe('1.0');
  expect(presetsOf(parseXml('<r><Preset token="007"><Name>5</Name></Preset><Preset token="1e3"/></r>'))).toEqual([{ id: '007', name: '5' }, { id: '1e3', name: '1e3' }]);
});

it('counts in degrees where the camera does, else in parts of its reach', () => {
  const space = (uri: string, x: number, y: number): string => `<AbsolutePanTiltPositionSpace><URI>${uri}</URI><XRange><Min>${-x}</Min><Max>${x}</Max></XRange><YRange><Min>${-y}</Min><Max>${y}</Max></YRange></AbsolutePanTiltPositionSpace>`;
  const parts = space('http://x/PositionGenericSpace', 1, 1);
  const reach = { limits: { minPanDeg: -170, maxPanDeg: 170, minTiltDeg: -30, maxTiltDeg: 90 }, maxZoom: 20 };
  const generic = spacesOf(parseXml(`<s>${parts}</s>`)).position;
  const degrees = spacesOf(parseXml(`<s>${parts}${space('http://x/SphericalPositionSpaceDegrees', 100, 40)}</s>`)).position;
  if (generic === null || degrees === null) throw new Error('no spaces');
  expect(degreesToSpace(generic, { panDeg: 85, tiltDeg: 30 }, reach)).toEqual({ x: 0.5, y: 0 });
  expect(degreesToSpace(degrees, { panDeg: 85, tiltDeg: 90 }, reach)).toEqual({ x: 85, y: 40 });
  expect(spaceToDegrees(generic, '', { x: -1, y: 1 }, reach)).toEqual({ panDeg: -170, tiltDeg: 90 });
  // Some take degrees and tell parts.
  expect(spaceToDegrees(degrees, 'http://x/PositionGenericSpace', { x: 0.5, y: 0 }, reach)).toEqual({ panDeg: 85, tiltDeg: 30 });
  const zoom = { uri: 'z', x: { min: 0, max: 1 }, y: null };
  expect([zoomToSpace(zoom, 20, reach), spaceToZoom(zoom, 0.5, reach)]).toEqual([1, 10.5]);
  expect([velocityIn({ uri: 'v', x: { min: -7, max: 5 }, y: null }, -1, 'x'), velocityIn(zoom, 0, 'x'), velocityIn(zoom, 9, 'x')]).toEqual([-7, 0, 1]);
});

it('believes positions before MoveStatus', () => {
  const at = (panDeg: number): { panDeg: number; tiltDeg: number; zoom: number } => ({ panDeg, tiltDeg: 0, zoom: 1 });
  let motion = next(UNMOVED, { type: 'read', position: at(0), claimsToMove: true, atMs: 0 });
  expect(isMoving(motion, 0)).toBe(false);
  motion = next(motion, { type: 'commanded', atMs: 100 });
  expect(isMoving(motion, 200)).toBe(true);
  motion = next(motion, { type: 'read', position: at(5), claimsToMove: true, atMs: 300 });
  expect([isMoving(motion, 1_500), isMoving(motion, 2_400)]).toEqual([true, false]);
  motion = next(motion, { type: 'read', position: null, claimsToMove: false, atMs: 2_500 });
  expect([motion.position.panDeg, isMoving(motion, 1_500)]).toEqual([5, false]);
});

it('uses addresses at the host that it knows, and no other', () => {
  const device = new URL('http://cam.school:8080/onvif/device_service');
  expect(ownAddress('http://10.0.0.9:99/onvif/ptz?x=1', device)?.href).toBe('http://cam.school:8080/onvif/ptz?x=1');
  expect(ownAddress('http://cam.school/onvif/ptz', device)?.href).toBe('http://cam.school/onvif/ptz');
  expect([ownAddress('file:///etc/passwd', device), ownAddress('nonsense', device)]).toEqual([null, null]);
  expect(signedAddress(new URL('rtsp://old:pw@10.0.0.9:554/a?b'), 'cam.school', { username: 'ü@', password: ':/' })).toBe('rtsp://%C3%BC%40:%3A%2F@cam.school:554/a?b');
});

it.each([['2026', '11', Date.UTC(2026, 10, 21, 9, 5, 1)], ['INF', '11', null], ['', '', null]])('takes the time %s-%s for what it is', (year, month, expected) => {
  const text = `<r><SystemDateAndTime><UTCDateTime><Time><Hour>9</Hour><Minute>5</Minute><Second>1</Second></Time><Date><Year>${year}</Year><Month>${month}</Month><Day>21</Day></Date></UTCDateTime></SystemDateAndTime></r>`;
  expect(cameraTimeMs(parseXml(text))).toBe(expected);
});

it('answers the stronger challenge as RFC 7616 (section 3.9.1) has it', () => {
  const [realm, nonce, opaque] = ['http-auth@example.org', '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v', 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS'];
  const header = (algorithm: string): string => `Digest realm="${realm}", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`;
  const request = { username: 'Mufasa', password: 'Circle of Life', method: 'GET', uri: '/dir/index.html', count: 1, clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
  const response = (headers: string[]): string => {
    const challenge = chooseChallenge(headers);
    return challenge === null ? '' : /response="(\w+)"/.exec(digestAuthorization(challenge, request))?.[1] ?? '';
  };
  expect(response([header('MD5')])).toBe('8ca523f5e9506fed4657c9700eebdbec');
  expect(response([`${header('MD5')}, ${header('SHA-256')}`])).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  expect(response(['Basic realm="x"', header('SHA-512')])).toBe('');
});

it('signs in the camera’s time and in UTF-8, and escapes what it is given', () => {
  const writer = new RequestWriter({ username: 'a<b', password: 'ü' }, () => Date.UTC(2030, 0, 1));
  const { service, body } = writer.writeBody('ptz', '<x/>', { signed: true });
  expect(service).toBe('ptz');
  const token = find(parseXml(body), 'Header', 'Security', 'UsernameToken');
  expect(find(token, 'Username')?.text).toBe('a<b');
  expect(find(token, 'Created')?.text).toBe('2030-01-01T00:00:00.000Z');
  expect(writer.write((cam) => cam.getDeviceInformation(), { signed: false }).body).not.toContain('Security');
});
