import { ptzCameraContract } from './testing/ptz-camera-contract.ts';
import { viscaRig } from '#test/simulators/visca/rig.ts';

for (const transport of ['serial', 'tcp', 'udp', 'ip'] as const) ptzCameraContract(`VISCA ${transport}`, () => viscaRig(transport));
