import { CodedError } from '../../process/errors.ts';

/** AMF0 (Adobe, 2007): what RTMP's commands and metadata are written in. Big-endian. */
export type Amf = number | boolean | string | null | undefined | readonly Amf[] | { readonly [name: string]: Amf };

const MARKER = { number: 0, boolean: 1, string: 2, object: 3, null: 5, undefined: 6, ecmaArray: 8, objectEnd: 9, strictArray: 10, date: 11, longString: 12 } as const;
const MAX_DEPTH = 8;
const MAX_VALUES = 1_000;

export function encodeAmf(...values: readonly Amf[]): Buffer {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: Amf): Buffer {
  if (value === null) return Buffer.from([MARKER.null]);
  if (value === undefined) return Buffer.from([MARKER.undefined]);
  if (typeof value === 'boolean') return Buffer.from([MARKER.boolean, value ? 1 : 0]);
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'string') return encodeString(value);
  if (Array.isArray(value)) return Buffer.concat([withLength(MARKER.strictArray, value.length), ...value.map(encodeValue)]);
  return encodeObject(value as Readonly<Record<string, Amf>>);
}

function encodeNumber(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function encodeString(value: string): Buffer {
  const text = Buffer.from(value);
  if (text.length > 0xffff) return Buffer.concat([withLength(MARKER.longString, text.length), text]);
  return Buffer.concat([Buffer.from([MARKER.string]), named(text)]);
}

function encodeObject(value: Readonly<Record<string, Amf>>): Buffer {
  const properties = Object.entries(value).flatMap(([name, property]) => [named(Buffer.from(name)), encodeValue(property)]);
  return Buffer.concat([Buffer.from([MARKER.object]), ...properties, Buffer.from([0, 0, MARKER.objectEnd])]);
}

/** Behind a length of 16 bits. */
function named(text: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([length, text]);
}

function withLength(marker: number, length: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(marker, 0);
  head.writeUInt32BE(length, 1);
  return head;
}

/** Every value of a message, in order. @throws CodedError `bad_amf` where the bytes are no AMF0, or nested deeper than anything of RTMP */
export function decodeAmf(bytes: Buffer): Amf[] {
  const reader = new Reader(bytes);
  const values: Amf[] = [];
  while (!reader.done) values.push(reader.value(0));
  return values;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(depth: number): Amf {
    this.#values += 1;
    if (depth > MAX_DEPTH || this.#values > MAX_VALUES) throw badAmf('it has more values than any encoder sends');
    const marker = this.#take(1).readUInt8();
    switch (marker) {
      case MARKER.number:
        return this.#take(8).readDoubleBE();
      case MARKER.boolean:
        return this.#take(1).readUInt8() !== 0;
      case MARKER.string:
        return this.#text(this.#take(2).readUInt16BE());
      case MARKER.longString:
        return this.#text(this.#take(4).readUInt32BE());
      case MARKER.null:
        return null;
      case MARKER.undefined:
        return undefined;
      case MARKER.object:
        return this.#object(depth);
      case MARKER.ecmaArray:
        this.#take(4); // a hint only: the end is marked
        return this.#object(depth);
      case MARKER.strictArray:
        return this.#list(this.#take(4).readUInt32BE(), depth);
      case MARKER.date: {
        const ms = this.#take(8).readDoubleBE();
        this.#take(2); // time zone, reserved
        return ms;
      }
      default:
        throw badAmf(`there is no type ${marker}`);
    }
  }

  #object(depth: number): Record<string, Amf> {
    const properties: [string, Amf][] = [];
    for (;;) {
      const name = this.#text(this.#take(2).readUInt16BE());
      if (name === '' && this.#bytes[this.#at] === MARKER.objectEnd) break;
      properties.push([name, this.value(depth + 1)]);
    }
    this.#at += 1;
    return Object.fromEntries(properties);
  }

  #list(length: number, depth: number): Amf[] {
    const items: Amf[] = [];
    for (let index = 0; index < length; index += 1) items.push(this.value(depth + 1));
    return items;
  }

  #text(length: number): string {
    return this.#take(length).toString();
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw badAmf('it ends too soon');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function badAmf(why: string): CodedError {
  return new CodedError('bad_amf', `An RTMP message can't be read: ${why}.`);
}
