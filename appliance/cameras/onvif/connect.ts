import { CodedError, codeOf, reasonOf } from '#kit/process/errors.ts';
import { cameraTimeMs } from './camera-time.ts';
import { optionsOf, type ImagingOptions } from './imaging.ts';
import type { OnvifClient } from './onvif-client.ts';
import { chooseProfile, profilesOf, type MediaProfile } from './profiles.ts';
import { capabilitiesOf, servicesOf, type Missing } from './services.ts';
import { spacesOf, type PtzSpaces } from './spaces.ts';
import { escapeXml, find, findAll, numberOf, textAt, type XmlElement } from './xml.ts';

/** What a device turned out to be. */
export interface OnvifDevice {
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly serial: string;
  readonly services: readonly string[];
  readonly profiles: readonly MediaProfile[];
  /** Profiles come from Media2. */
  readonly media2: boolean;
  /** The profile that is driven and shown; null where the device has none. */
  readonly profile: MediaProfile | null;
  readonly ptz: PtzNode | null;
  readonly imaging: ImagingOptions | null;
  readonly missing: readonly Missing[];
}

export interface PtzNode {
  readonly spaces: PtzSpaces;
  readonly home: boolean;
  /** How many presets it keeps; 0 for none. */
  readonly presets: number;
}

/** What ends a connection, as opposed to one service of it. */
const FATAL: ReadonlySet<string> = new Set(['wrong_password', 'camera_unreachable', 'camera_untrusted']);
const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const PTZ = 'http://www.onvif.org/ver20/ptz/wsdl';
const IMAGING = 'http://www.onvif.org/ver20/imaging/wsdl';

/**
 * Finds out what a camera is, in the order that cameras in the wild need: its clock before anything signed, its services, who it is (so
 * that name and password are tried), then each service by itself: one that is left out or broken costs nothing but itself.
 * @throws CodedError `wrong_password`, `camera_unreachable`, `camera_timeout`, `camera_untrusted`, `camera_bad_answer`
 */
export async function connectDevice(client: OnvifClient, wantedProfile: string | undefined): Promise<OnvifDevice> {
  const missing: Missing[] = [];
  await takeClock(client);
  const services = await findServices(client);
  client.setServices(services);
  const identity = identityOf(await client.ask((cam) => cam.getDeviceInformation()));
  const { profiles, media2 } = await findProfiles(client, services, missing);
  const profile = chooseProfile(profiles, wantedProfile) ?? null;
  if (profile === null && profiles.length > 0) missing.push({ service: 'media', why: `None of its profiles ${wantedProfile === undefined ? 'has a picture' : `is called "${wantedProfile}"`}.` });
  const ptz = await optional('ptz', services, missing, () => findPtz(client, profile));
  const imaging = await optional('imaging', services, missing, () => findImaging(client, profile?.videoSource ?? null));
  if (!services.has('events')) missing.push({ service: 'events', why: 'The device has none.' });
  return { ...identity, services: [...services.keys()], profiles, media2, profile, ptz, imaging, missing };
}

/** The camera's clock, taken anew at every connection. Some want a name and password even for that: then the head of their refusal tells the time. */
async function takeClock(client: OnvifClient): Promise<void> {
  const askedAtMs = Date.now();
  const timeMs = await client.ask((cam) => cam.getSystemDateAndTime(() => undefined), { anonymous: true }).then(cameraTimeMs, (error: unknown) => refusedTime(error));
  if (timeMs === undefined) return await takeClockSigned(client);
  if (timeMs !== null) client.setClock(timeMs - askedAtMs);
}

/** Undefined where the camera wants to know who asks and says nothing of the time. */
function refusedTime(error: unknown): number | null | undefined {
  if (!(error instanceof CodedError)) throw error;
  if (error.code === 'wrong_password') return typeof error.details?.['cameraTimeMs'] === 'number' ? error.details['cameraTimeMs'] : undefined;
  // It has no time, or none that can be read: ours is the best guess.
  if (error.code === 'camera_refused' || error.code === 'camera_bad_answer' || error.code === 'camera_cannot') return null;
  throw error;
}

async function takeClockSigned(client: OnvifClient): Promise<void> {
  const askedAtMs = Date.now();
  const timeMs = cameraTimeMs(await client.askFor('device', `<GetSystemDateAndTime xmlns="${DEVICE}"/>`));
  if (timeMs !== null) client.setClock(timeMs - askedAtMs);
}

/** GetServices, and GetCapabilities for what it leaves out or where it fails. */
async function findServices(client: OnvifClient): Promise<Map<string, URL>> {
  const first = await tried(() => client.ask((cam) => cam.getServices(false)), (answer) => servicesOf(answer, client.device));
  if (first !== null && ['media', 'ptz', 'imaging', 'events'].every((name) => first.has(name))) return first;
  const second = await tried(() => client.ask((cam) => cam.getCapabilities()), (answer) => capabilitiesOf(answer, client.device));
  return new Map([...(second ?? []), ...(first ?? [])]);
}

function identityOf(answer: XmlElement): Pick<OnvifDevice, 'manufacturer' | 'model' | 'firmware' | 'serial'> {
  const text = (name: string): string => textAt(answer, name).slice(0, 120);
  return { manufacturer: text('Manufacturer'), model: text('Model'), firmware: text('FirmwareVersion'), serial: text('SerialNumber') };
}

/** Media2 where it works, else Media: some announce the one and break it. */
async function findProfiles(client: OnvifClient, services: ReadonlyMap<string, URL>, missing: Missing[]): Promise<{ profiles: MediaProfile[]; media2: boolean }> {
  for (const service of ['media2', 'media'] as const) {
    if (!services.has(service)) continue;
    const profiles = await noted(service, missing, async () => profilesOf(await client.ask((cam) => {
      cam.media2Support = service === 'media2';
      cam.getProfiles();
    })));
    if (profiles !== null && profiles.length > 0) return { profiles, media2: service === 'media2' };
    if (profiles !== null) missing.push({ service, why: 'It lists no profiles.' });
  }
  if (!services.has('media') && !services.has('media2')) missing.push({ service: 'media', why: 'The device has none.' });
  return { profiles: [], media2: false };
}

async function findPtz(client: OnvifClient, profile: MediaProfile | null): Promise<PtzNode> {
  const configuration = profile?.ptzConfiguration ?? null;
  if (configuration === null) throw new CodedError('camera_cannot', 'The profile does not pan, tilt or zoom.');
  const node = await findNode(client, profile?.ptzNode ?? null);
  const options = await tried(
    () => client.ask((cam) => cam.getConfigurationOptions(escapeXml(configuration), () => undefined)), (answer) => find(answer, 'PTZConfigurationOptions', 'Spaces'),
  );
  if (node === null && options === null) throw new CodedError('camera_refused', 'It tells neither its nodes nor its spaces.');
  const spaces = spacesOf(options ?? find(node ?? undefined, 'SupportedPTZSpaces'));
  return { spaces, home: textAt(node ?? undefined, 'HomeSupported') !== 'false', presets: numberOf(textAt(node ?? undefined, 'MaximumNumberOfPresets')) ?? 0 };
}

async function findNode(client: OnvifClient, token: string | null): Promise<XmlElement | null> {
  const nodes = await tried(() => client.askFor('ptz', `<GetNodes xmlns="${PTZ}"/>`), (answer) => findAll(answer, 'PTZNode'));
  return nodes?.find(({ attributes }) => attributes.get('token') === token) ?? nodes?.[0] ?? null;
}

async function findImaging(client: OnvifClient, lens: string | null): Promise<ImagingOptions> {
  if (lens === null) throw new CodedError('camera_cannot', 'The profile has no video source.');
  const token = `<VideoSourceToken>${escapeXml(lens)}</VideoSourceToken>`;
  const options = await client.ask((cam) => cam.getVideoSourceOptions({ token: escapeXml(lens) }, () => undefined));
  const moves = await tried(() => client.askFor('imaging', `<GetMoveOptions xmlns="${IMAGING}">${token}</GetMoveOptions>`), (answer) => answer);
  return optionsOf(options, moves);
}

/** Null, and the reason noted, for a service that is not there or broken. */
async function optional<T>(service: string, services: ReadonlyMap<string, URL>, missing: Missing[], look: () => Promise<T>): Promise<T | null> {
  if (services.has(service)) return await noted(service, missing, look);
  missing.push({ service, why: 'The device has none.' });
  return null;
}

async function noted<T>(service: string, missing: Missing[], look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (FATAL.has(codeOf(error)) || !(error instanceof CodedError)) throw error;
    missing.push({ service, why: reasonOf(error) });
    return null;
  }
}

/** A question that may go unanswered. */
async function tried<T>(ask: () => Promise<XmlElement>, read: (answer: XmlElement) => T): Promise<T | null> {
  return await noted('', [], async () => read(await ask()));
}
