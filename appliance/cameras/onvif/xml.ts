import { CodedError } from '#kit/process/errors.ts';

/** An element by its local name: cameras choose prefixes as they like, and no two names of ONVIF differ by their namespace alone. */
export interface XmlElement {
  readonly name: string;
  /** By local name; namespace declarations are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own character data, trimmed. */
  readonly text: string;
}

/** What no camera's answer comes near. A document beyond it is refused, not truncated. */
const MAX_CHARS = 1_048_576;
const MAX_DEPTH = 48;
const MAX_ELEMENTS = 20_000;
const MAX_ATTRIBUTES = 64;

const ATTRIBUTE = /\s+([^\s=/>"'<]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_NAME = /[^\s/>"'<=]+/y;
const TAG_END = /\s*(\/?)>/y;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Open {
  readonly qualified: string;
  readonly element: { name: string; attributes: Map<string, string>; children: Open['element'][]; text: string };
}

/**
 * Parses a whole document in one pass and bounded memory. Of XML it takes what SOAP 1.2 (part 1, section 5) allows: no document type,
 * and so no entities beside the five of XML itself and character numbers.
 * @throws CodedError `camera_bad_answer`
 */
export function parseXml(source: string): XmlElement {
  if (source.length > MAX_CHARS) throw bad(`it has more than ${MAX_CHARS} characters`);
  return new Reader(source).document();
}

class Reader {
  readonly #source: string;
  readonly #open: Open[] = [];
  #at = 0;
  #count = 0;
  #root: Open['element'] | null = null;

  constructor(source: string) {
    this.#source = source;
  }

  document(): XmlElement {
    while (this.#at < this.#source.length) this.#step();
    if (this.#open.length > 0) throw bad(`it ends within <${this.#open.at(-1)?.qualified.slice(0, 60)}>`);
    if (this.#root === null) throw bad('it holds no element');
    return this.#root;
  }

  #step(): void {
    const source = this.#source;
    const tag = source.indexOf('<', this.#at);
    const end = tag === -1 ? source.length : tag;
    if (end > this.#at) this.#characters(unescaped(source.slice(this.#at, end)));
    this.#at = end;
    if (tag === -1) return;
    if (source.startsWith('<!--', tag)) this.#skipPast('-->', 4);
    else if (source.startsWith('<![CDATA[', tag)) this.#characters(this.#skipPast(']]>', 9));
    else if (source.startsWith('<?', tag)) this.#skipPast('?>', 2);
    else if (source.startsWith('<!', tag)) throw bad('it has a document type, which SOAP forbids');
    else if (source.startsWith('</', tag)) this.#close(this.#skipPast('>', 2).trim());
    else this.#begin();
  }

  #skipPast(mark: string, from: number): string {
    const end = this.#source.indexOf(mark, this.#at + from);
    if (end === -1) throw bad(`"${mark}" is missing`);
    const inside = this.#source.slice(this.#at + from, end);
    this.#at = end + mark.length;
    return inside;
  }

  #characters(text: string): void {
    const within = this.#open.at(-1);
    if (within !== undefined) within.element.text += text;
    else if (text.replace('\uFEFF', '').trim() !== '') throw bad('there is text outside of its elements');
  }

  #begin(): void {
    this.#at += 1;
    const qualified = this.#take(TAG_NAME)?.[0];
    if (qualified === undefined) throw bad('a tag has no name');
    const element = { name: localName(qualified), attributes: this.#attributes(), children: [], text: '' };
    const end = this.#take(TAG_END);
    if (end === null) throw bad(`the tag <${qualified.slice(0, 60)}> is broken`);
    this.#place(element);
    if (end[1] === '/') return;
    this.#open.push({ qualified, element });
    if (this.#open.length > MAX_DEPTH) throw bad(`elements are nested more than ${MAX_DEPTH} deep`);
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (let found = this.#take(ATTRIBUTE); found !== null; found = this.#take(ATTRIBUTE)) {
      const [, name = '', double, single = ''] = found;
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) attributes.set(localName(name), unescaped(double ?? single));
      if (attributes.size > MAX_ATTRIBUTES) throw bad(`an element has more than ${MAX_ATTRIBUTES} attributes`);
    }
    return attributes;
  }

  #place(element: Open['element']): void {
    this.#count += 1;
    if (this.#count > MAX_ELEMENTS) throw bad(`it has more than ${MAX_ELEMENTS} elements`);
    const within = this.#open.at(-1);
    if (within !== undefined) within.element.children.push(element);
    else if (this.#root === null) this.#root = element;
    else throw bad('it has two roots');
  }

  #close(qualified: string): void {
    const open = this.#open.pop();
    if (open?.qualified !== qualified) throw bad(`</${qualified.slice(0, 60)}> closes nothing`);
    open.element.text = open.element.text.trim();
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }
}

/** Leads down by the first child of each name. */
export function find(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => at?.children.find((child) => child.name === name), element);
}

export function findAll(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The text at the end of a path, empty where there is none. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string {
  return find(element, ...path)?.text ?? '';
}

/** A finite number, or null: cameras write `INF`, `NaN` and nothing at all. */
export function numberOf(text: string | undefined): number | null {
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(':') + 1);
}

function unescaped(text: string): string {
  return text.includes('&') ? text.replace(/&([^;&]{0,12});?/g, (_whole, name: string) => entity(name)) : text;
}

function entity(name: string): string {
  const known = ENTITIES[name];
  if (known !== undefined) return known;
  const number = /^#x[0-9a-f]+$/i.test(name) ? Number(`0${name.slice(1)}`) : /^#[0-9]+$/.test(name) ? Number(name.slice(1)) : Number.NaN;
  if (!(number > 0 && number <= 0x10_ffff)) throw bad('it has an entity that XML does not know');
  return String.fromCodePoint(number);
}

function bad(why: string): CodedError {
  return new CodedError('camera_bad_answer', `What the camera answered cannot be read: ${why}.`, { status: 502 });
}
