/** Settings of lens, sensor and lamps: what a controller can change without anything moving. Pure reading of their commands. */
export type SettingName =
  | 'focus' | 'focus-once' | 'focus-drive' | 'white-balance' | 'white-balance-once' | 'backlight' | 'exposure' | 'compensation' | 'compensation-step'
  | 'iris' | 'gain' | 'shutter' | 'infrared' | 'tally-red' | 'tally-green' | 'tally-lamp';

export interface Setting {
  readonly kind: 'setting';
  readonly name: SettingName;
  readonly value: number;
}

interface Form {
  readonly name: SettingName;
  /** Values that the one data byte may have. */
  readonly values: readonly number[];
}

const SWITCH = [0x02, 0x03];
const LENS = [0x00, ...SWITCH, ...range(0x20, 0x27), ...range(0x30, 0x37)];

/** By group and command byte of `8x 01 gg cc pp FF` (SRG-300H command list; tally as in the BRC and PTZOptics lists). */
const FORMS: Readonly<Record<string, Form>> = {
  '0408': { name: 'focus-drive', values: LENS },
  '0438': { name: 'focus', values: [...SWITCH, 0x10] },
  '0418': { name: 'focus-once', values: [0x01] },
  '0435': { name: 'white-balance', values: [0x00, 0x01, 0x02, 0x03, 0x04, 0x05] },
  '0410': { name: 'white-balance-once', values: [0x05] },
  '0433': { name: 'backlight', values: SWITCH },
  '0439': { name: 'exposure', values: [0x00, 0x03, 0x0a, 0x0b, 0x0d] },
  '043e': { name: 'compensation', values: SWITCH },
  '040e': { name: 'compensation-step', values: [0x00, ...SWITCH] },
  '0608': { name: 'infrared', values: [...SWITCH, 0x10] },
};
const SENSOR: Readonly<Record<string, SettingName>> = { '044a': 'shutter', '044b': 'iris', '044c': 'gain' };

/** `body` is what stands between `8x 01` and `FF`; null where it is no setting. */
export function settingOf(body: Buffer): Setting | null {
  const group = body.subarray(0, 2).toString('hex');
  const data = [...body.subarray(2)];
  const form = FORMS[group];
  const [value = -1] = data;
  if (form !== undefined) return data.length === 1 && form.values.includes(value) ? { kind: 'setting', name: form.name, value } : null;
  const sensor = SENSOR[group];
  if (sensor !== undefined) return sensorOf(sensor, data);
  return tallyOf(body.toString('hex'));
}

/** Their positions are two nibbles behind two empty ones: `00 00 0p 0q`. */
function sensorOf(name: SettingName, data: number[]): Setting | null {
  const [first = -1, second = -1, high = 16, low = 16] = data;
  if (data.length !== 4 || first !== 0 || second !== 0 || high > 15 || low > 15) return null;
  return { kind: 'setting', name, value: high * 16 + low };
}

function tallyOf(hex: string): Setting | null {
  const [, lamp, value] = /^7e(010a|041a)000([23])$/.exec(hex) ?? [];
  if (lamp === undefined) return null;
  return { kind: 'setting', name: lamp === '010a' ? 'tally-red' : 'tally-green', value: Number(value) };
}

/** PTZOptics' lamp has a group of its own: `8x 0A 02 02 0p FF`, 1 flashing, 2 lit, 3 out. */
export function lampOf(body: Buffer): Setting | null {
  const [, value] = /^0a02020([123])$/.exec(body.toString('hex')) ?? [];
  return value === undefined ? null : { kind: 'setting', name: 'tally-lamp', value: Number(value) };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
