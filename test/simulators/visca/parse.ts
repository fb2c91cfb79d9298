import { lampOf, type Setting, settingOf } from './settings.ts';

/** What a controller asks of the head, from one frame (Sony EVI/SRG and PTZOptics command lists). Positions are motor steps. */
export type Request =
  | { readonly type: 'action'; readonly action: Action }
  | { readonly type: 'inquiry'; readonly of: Inquiry }
  | { readonly type: 'cancel'; readonly socket: number }
  | { readonly type: 'interface-clear'; readonly broadcast: boolean }
  | { readonly type: 'address-set' }
  | { readonly type: 'syntax-error' }
  /** Meant for another camera on the ring. */
  | { readonly type: 'other-address' };

export type Action =
  | { readonly kind: 'drive'; readonly panSpeed: number; readonly tiltSpeed: number; readonly right: -1 | 0 | 1; readonly up: -1 | 0 | 1 }
  | { readonly kind: 'move-to' | 'move-by'; readonly panSpeed: number; readonly tiltSpeed: number; readonly pan: number; readonly tilt: number }
  | { readonly kind: 'home' }
  | { readonly kind: 'zoom-drive'; readonly direction: -1 | 0 | 1; readonly speed: number }
  | { readonly kind: 'zoom-to'; readonly position: number }
  | { readonly kind: 'preset'; readonly verb: 'reset' | 'set' | 'recall'; readonly number: number }
  | { readonly kind: 'power'; readonly on: boolean }
  /** Null lifts the corner. */
  | { readonly kind: 'limit'; readonly corner: 'up-right' | 'down-left'; readonly at: { readonly pan: number; readonly tilt: number } | null }
  | Setting;

export type Inquiry = 'version' | 'power' | 'pan-tilt' | 'zoom' | 'focus-mode';

const SYNTAX_ERROR: Request = { type: 'syntax-error' };
const INQUIRIES: Readonly<Record<string, Inquiry>> = { '0002': 'version', '0400': 'power', '0612': 'pan-tilt', '0447': 'zoom', '0438': 'focus-mode' };
const PRESET_VERBS = ['reset', 'set', 'recall'] as const;

export function parse(frame: Buffer): Request {
  if (frame.length < 3) return SYNTAX_ERROR;
  const body = frame.subarray(1, -1);
  if (frame[0] === 0x88) return broadcast(body.toString('hex'));
  if ((frame.readUInt8(0) & 0xf0) !== 0x80) return SYNTAX_ERROR;
  if (frame[0] !== 0x81) return { type: 'other-address' };
  if (body.length === 1 && (body.readUInt8(0) & 0xf0) === 0x20) return { type: 'cancel', socket: body.readUInt8(0) & 0x0f };
  if (body.toString('hex') === '010001') return { type: 'interface-clear', broadcast: false };
  if (body[0] === 0x09) return inquiry(body.subarray(1).toString('hex'));
  const action = body[0] === 0x01 ? actionOf(body.subarray(1)) : lampOf(body);
  return action ? { type: 'action', action } : SYNTAX_ERROR;
}

function broadcast(hex: string): Request {
  if (hex === '010001') return { type: 'interface-clear', broadcast: true };
  return hex === '3001' ? { type: 'address-set' } : SYNTAX_ERROR;
}

function inquiry(hex: string): Request {
  const of = INQUIRIES[hex];
  return of ? { type: 'inquiry', of } : SYNTAX_ERROR;
}

function actionOf(body: Buffer): Action | null {
  const group = body.subarray(0, 2).toString('hex');
  const data = [...body.subarray(2)];
  const setting = settingOf(body);
  if (setting !== null) return setting;
  if (group.startsWith('06')) return panTilt(body[1] ?? -1, data);
  return group.startsWith('04') ? cameraAction(body[1] ?? -1, data) : null;
}

function panTilt(command: number, data: number[]): Action | null {
  if (command === 0x01 && data.length === 4) return drive(data);
  if (command === 0x04 && data.length === 0) return { kind: 'home' };
  const [first = 0, second = 0] = data;
  const place = placeOf(data.slice(2));
  if (place === null) return null;
  if (command === 0x07) return limit(first, second, place);
  if (command !== 0x02 && command !== 0x03) return null;
  return { kind: command === 0x02 ? 'move-to' : 'move-by', panSpeed: first, tiltSpeed: second, ...place };
}

/** Four nibbles of tilt behind four of pan, or five on newer heads. */
function placeOf(data: number[]): { pan: number; tilt: number } | null {
  if (data.length !== 8 && data.length !== 9) return null;
  const pan = signed(data.slice(0, -4));
  const tilt = signed(data.slice(-4));
  return pan === null || tilt === null ? null : { pan, tilt };
}

/** `06 07 00 0W …` sets a corner, `06 07 01 0W 07 0F 0F 0F …` lifts it. */
function limit(verb: number, which: number, at: { pan: number; tilt: number }): Action | null {
  if (verb > 1 || which > 1) return null;
  return { kind: 'limit', corner: which === 1 ? 'up-right' : 'down-left', at: verb === 0 ? at : null };
}

function drive([panSpeed = 0, tiltSpeed = 0, across = 0, along = 0]: number[]): Action | null {
  const right = ([undefined, -1, 1, 0] as const)[across];
  const up = ([undefined, 1, -1, 0] as const)[along];
  if (right === undefined || up === undefined) return null;
  return { kind: 'drive', panSpeed, tiltSpeed, right, up };
}

function cameraAction(command: number, data: number[]): Action | null {
  const [first = -1, second = -1] = data;
  if (command === 0x07 && data.length === 1) return zoomDrive(first);
  if (command === 0x47 && data.length === 4) {
    const position = nibbles(data);
    return position === null ? null : { kind: 'zoom-to', position };
  }
  if (command === 0x3f && data.length === 2) {
    const verb = PRESET_VERBS[first];
    return verb ? { kind: 'preset', verb, number: second } : null;
  }
  return command === 0x00 && (first === 2 || first === 3) ? { kind: 'power', on: first === 2 } : null;
}

/** 00 stop, 02 and 03 at the standard speed, 2p and 3p at speed p. */
function zoomDrive(code: number): Action | null {
  if (code === 0) return { kind: 'zoom-drive', direction: 0, speed: 0 };
  const direction = code === 0x02 || code >> 4 === 2 ? 1 : code === 0x03 || code >> 4 === 3 ? -1 : null;
  if (direction === null || (code & 0x0f) > 7) return null;
  return { kind: 'zoom-drive', direction, speed: code < 0x10 ? 4 : code & 0x0f };
}

function nibbles(data: number[]): number | null {
  if (data.some((nibble) => nibble > 0x0f)) return null;
  return data.reduce((sum, nibble) => sum * 16 + nibble, 0);
}

function signed(data: number[]): number | null {
  const value = nibbles(data);
  const half = 2 ** (4 * data.length - 1);
  return value === null || value < half ? value : value - 2 * half;
}
