import { onvifRig } from '#test/simulators/onvif/rig.ts';
import { ptzCameraContract } from './testing/ptz-camera-contract.ts';

ptzCameraContract('ONVIF', onvifRig);
