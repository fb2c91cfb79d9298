import { loadConfig } from '#kit/process/config.ts';
import { CodedError } from '#kit/process/errors.ts';
import { DEFAULT_PROGRAM } from '../encoder/default-program.ts';
import { ROOM_DEFAULTS } from '../recorder/disk-room.ts';
import { ianaZone } from '../schedule/ical/zoned-time.ts';
import { type ApplianceConfig, ApplianceFile, type CameraConfig } from './appliance-config.ts';

/** Reads the appliance's configuration. @throws CodedError `bad_config` that names file, line and key */
export function loadApplianceConfig(file: string): ApplianceConfig {
  const { program, ...rest } = loadConfig(ApplianceFile, file);
  const config: ApplianceConfig = { ...rest, program: program ?? { ...DEFAULT_PROGRAM, renditions: [...DEFAULT_PROGRAM.renditions] } };
  const problems = contradictionsIn(config);
  if (problems.length > 0) throw new CodedError('bad_config', problems.map((problem) => `${file}: ${problem}`).join('\n'));
  return config;
}

/** What a schema can't say: pure, one sentence each. */
export function contradictionsIn(config: ApplianceConfig): string[] {
  return [
    ...duplicatesIn('sources', config.sources),
    ...duplicatesIn('cameras', config.cameras),
    ...duplicatesIn('program.renditions', config.program.renditions),
    ...config.cameras.flatMap((camera, index) => linkProblem(camera).map((problem) => `cameras.${index}${problem}`)),
    ...sourceProblems(config),
    ...chainProblems(config),
    ...previewProblem(config),
    ...recordingProblem(config),
    ...diskProblem(config),
    ...zoneProblem(config),
  ];
}

function duplicatesIn(key: string, entries: readonly { readonly id: string }[]): string[] {
  const seen = new Set<string>();
  return entries.flatMap(({ id }, index) => {
    const twice = seen.has(id);
    seen.add(id);
    return twice ? [`${key}.${index}.id: "${id}" is used twice`] : [];
  });
}

function linkProblem({ visca, onvif }: CameraConfig): string[] {
  if ((visca === undefined) === (onvif === undefined)) return [': expected either visca or onvif'];
  if (visca === undefined) return [];
  if (visca.transport === 'serial') return visca.path === undefined ? ['.visca: path: a serial camera needs its device file, e.g. /dev/ttyUSB0'] : [];
  return visca.address === undefined ? ['.visca: address: expected host:port'] : [];
}

/** An address that a camera is to be asked for needs the camera. */
function sourceProblems({ sources, cameras }: ApplianceConfig): string[] {
  return sources.flatMap(({ url }, index) => {
    const asked = /^onvif:([^/]+)/.exec(url)?.[1];
    const known = asked === undefined || cameras.some(({ id, onvif }) => id === asked && onvif !== undefined);
    return known ? [] : [`sources.${index}.url: no ONVIF camera of this room is called "${asked}"`];
  });
}

/** Cameras in a chain on one serial port share its speed and have a place each. */
function chainProblems({ cameras }: ApplianceConfig): string[] {
  return cameras.flatMap(({ visca }, index) => {
    if (visca?.transport !== 'serial') return [];
    const before = cameras.slice(0, index).flatMap(({ visca: other }) => (other?.transport === 'serial' && other.path === visca.path ? [other] : []));
    const taken = before.some((other) => (other.device ?? 1) === (visca.device ?? 1));
    const other = before.some((first) => (first.baud ?? 9600) !== (visca.baud ?? 9600));
    return [
      ...(taken ? [`cameras.${index}.visca: device: place ${visca.device ?? 1} on ${visca.path} is taken by another camera`] : []),
      ...(other ? [`cameras.${index}.visca: baud: all cameras on ${visca.path} need the same speed`] : []),
    ];
  });
}

function recordingProblem({ program }: ApplianceConfig): string[] {
  if (program.recording === undefined || program.renditions.every(({ id }) => id !== 'recording')) return [];
  return ['program.renditions: "recording" is the name of the recording\'s own rendition; choose another'];
}

function diskProblem({ disk }: ApplianceConfig): string[] {
  const { makeRoomBelowHours, makeRoomToHours } = { ...ROOM_DEFAULTS, ...disk };
  return makeRoomToHours >= makeRoomBelowHours ? [] : ['disk.makeRoomToHours: is less than makeRoomBelowHours, so that room would never be enough'];
}

/** Taken for UTC every class would be hours off. */
function zoneProblem({ schedule }: ApplianceConfig): string[] {
  if (schedule?.timeZone === undefined || ianaZone(schedule.timeZone) !== null) return [];
  return [`schedule.timeZone: this machine knows no time zone "${schedule.timeZone}"; expected a name like Europe/Berlin`];
}

function previewProblem(config: ApplianceConfig): string[] {
  const { previewLayer, program } = config;
  if (previewLayer === undefined || program.renditions.some(({ id }) => id === previewLayer)) return [];
  return [`previewLayer: "${previewLayer}" is none of program.renditions`];
}
