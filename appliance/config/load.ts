import { loadConfig } from '#kit/process/config.ts';
import { CodedError } from '#kit/process/errors.ts';
import { DEFAULT_PROGRAM } from '../encoder/default-program.ts';
import { ROOM_DEFAULTS } from '../recorder/disk-room.ts';
import { type ApplianceConfig, ApplianceFile, type ViscaConfig } from './appliance-config.ts';

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
    ...config.cameras.flatMap((camera, index) => linkProblem(camera.visca).map((problem) => `cameras.${index}.visca: ${problem}`)),
    ...previewProblem(config),
    ...recordingProblem(config),
    ...diskProblem(config),
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

function linkProblem(visca: ViscaConfig): string[] {
  if (visca.transport === 'serial') return visca.path === undefined ? ['path: a serial camera needs its device file, e.g. /dev/ttyUSB0'] : [];
  return visca.address === undefined ? ['address: expected host:port'] : [];
}

function recordingProblem({ program }: ApplianceConfig): string[] {
  if (program.recording === undefined || program.renditions.every(({ id }) => id !== 'recording')) return [];
  return ['program.renditions: "recording" is the name of the recording\'s own rendition; choose another'];
}

function diskProblem({ disk }: ApplianceConfig): string[] {
  const { makeRoomBelowHours, makeRoomToHours } = { ...ROOM_DEFAULTS, ...disk };
  return makeRoomToHours >= makeRoomBelowHours ? [] : ['disk.makeRoomToHours: is less than makeRoomBelowHours, so that room would never be enough'];
}

function previewProblem(config: ApplianceConfig): string[] {
  const { previewLayer, program } = config;
  if (previewLayer === undefined || program.renditions.some(({ id }) => id === previewLayer)) return [];
  return [`previewLayer: "${previewLayer}" is none of program.renditions`];
}
