import type { CareAction } from '../../contract/cameras.ts';
import type { CameraCapabilities, CameraCommand } from '../ptz-camera.ts';

/** What a person asks in plain words, as the commands that do it, in order. */
const COMMANDS: Readonly<Record<CareAction, readonly CameraCommand[]>> = {
  'focus-now': [{ type: 'focus', mode: 'one-push' }],
  'focus-auto': [{ type: 'focus', mode: 'auto' }],
  brighter: [{ type: 'exposure', mode: 'brighter' }],
  darker: [{ type: 'exposure', mode: 'darker' }],
  'exposure-auto': [{ type: 'exposure', mode: 'auto' }, { type: 'exposure', mode: 'reset' }],
  'light-auto': [{ type: 'white-balance', mode: 'auto' }],
  'light-indoor': [{ type: 'white-balance', mode: 'indoor' }],
  'light-outdoor': [{ type: 'white-balance', mode: 'outdoor' }],
  'backlight-on': [{ type: 'backlight', on: true }],
  'backlight-off': [{ type: 'backlight', on: false }],
  wake: [{ type: 'power', on: true }],
};

/** Those of an action's commands that this camera takes. */
export function careCommands(action: CareAction, can: CameraCapabilities): readonly CameraCommand[] {
  return COMMANDS[action].filter((command) => takes(can, command));
}

/** What may be offered for a camera: only what it can. */
export function careOf(can: CameraCapabilities): CareAction[] {
  return (Object.keys(COMMANDS) as CareAction[]).filter((action) => careCommands(action, can).length > 0);
}

function takes(can: CameraCapabilities, command: CameraCommand): boolean {
  if (!can.commands.includes(command.type)) return false;
  switch (command.type) {
    case 'focus':
      return can.focusModes.includes(command.mode);
    case 'exposure':
      return can.exposureModes.includes(command.mode);
    case 'white-balance':
      return can.whiteBalanceModes.includes(command.mode);
    default:
      return true;
  }
}
