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
  /** Focus, white balance, backlight, tally: taken, without a visible effect here. */
  | { readonly kind: 'setting' };

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
  const action = body[0] === 0x01 ? actionOf(body.subarray(1)) : null;
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
  if (group.startsWith('06')) return panTilt(body[1] ?? -1, data);
  if (group.startsWith('04')) return cameraAction(body[1] ?? -1, data);
  return group === '7e01' ? { kind: 'setting' } : null;
}

function panTilt(command: number, data: number[]): Action | null {
  if (command === 0x01 && data.length === 4) return drive(data);
  if (command === 0x04 && data.length === 0) return { kind: 'home' };
  if ((command !== 0x02 && command !== 0x03) || data.length !== 10) return null;
  const [panSpeed = 0, tiltSpeed = 0] = data;
  const pan = signed(nibbles(data.slice(2, 6)));
  const tilt = signed(nibbles(data.slice(6, 10)));
  if (pan === null || tilt === null) return null;
  return { kind: command === 0x02 ? 'move-to' : 'move-by', panSpeed, tiltSpeed, pan, tilt };
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
  if (command === 0x00 && (first === 2 || first === 3)) return { kind: 'power', on: first === 2 };
  return [0x08, 0x38, 0x18, 0x35, 0x33, 0x48].includes(command) && data.length > 0 ? { kind: 'setting' } : null;
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

function signed(value: number | null): number | null {
  return value === null || value < 0x8000 ? value : value - 0x10000;
}
