import { parseArgs } from 'node:util';
import { DEFAULT_PORT_BASE, portsFrom } from '#kit/process/ports.ts';
import { loadApplianceConfig } from '../config/load.ts';
import { KNOWN_ENCODERS } from '../encoder/arguments.ts';
import { DEFAULT_PROGRAM } from '../encoder/default-program.ts';
import { DiskRoom } from '../recorder/disk-room.ts';
import { type DoctorOptions, examine } from './doctor.ts';
import { printed } from './finding.ts';

/**
 * `npx lectern doctor [--config FILE] [--json]`: what this machine can do and, where it can't, why not. Without a configuration it looks
 * with the default ladder and ports, for recordings in the folder it is started in. Ends with 1 where a class could not be held.
 */
const { values } = parseArgs({ options: { config: { type: 'string' }, json: { type: 'boolean' } } });
const findings = await examine(optionsFrom(values.config), new AbortController().signal);
process.stdout.write(`${values.json === true ? JSON.stringify({ findings }, null, 2) : printed(findings)}\n`);
process.exitCode = findings.some(({ verdict }) => verdict === 'bad') ? 1 : 0;

function optionsFrom(file: string | undefined): DoctorOptions {
  if (file === undefined) {
    const { panel, boxUdp } = portsFrom(Number(process.env['LECTERN_PORT_BASE'] ?? DEFAULT_PORT_BASE));
    return { ...common(DEFAULT_PROGRAM), encoders: KNOWN_ENCODERS, recordingsDir: process.cwd(), listening: places('0.0.0.0', panel, boxUdp) };
  }
  const { program, encoders, recordingsDir, host, port, webrtc } = loadApplianceConfig(file);
  return { ...common(program), encoders, recordingsDir, listening: places(host, port, webrtc.port) };
}

function common(program: DoctorOptions['program']): Pick<DoctorOptions, 'program' | 'bytesPerHour'> {
  return { program, bytesPerHour: new DiskRoom({ program: { ...program, renditions: [...program.renditions] } }).limits.bytesPerHour };
}

function places(host: string, panel: number, webrtc: number): DoctorOptions['listening'] {
  return [{ what: 'panel', protocol: 'tcp', host, port: panel }, { what: 'uplink and preview', protocol: 'udp', host, port: webrtc }];
}
