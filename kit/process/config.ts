import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError, getNodeValue } from 'jsonc-parser';
import type { Static, TSchema } from 'typebox';
import { violationsOf } from './check.ts';
import { CodedError, reasonOf } from './errors.ts';

/**
 * Reads a JSON configuration file (comments allowed) and checks it.
 * @throws CodedError `bad_config`: `file:line: key: what was expected`, one line for each thing that is wrong
 */
export function loadConfig<T extends TSchema>(schema: T, file: string): Static<T> {
  return parseConfig(schema, readText(file), file);
}

/** {@link loadConfig} on text that was already read; `file` is only named in errors. */
export function parseConfig<T extends TSchema>(schema: T, text: string, file: string): Static<T> {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [syntax] = errors;
  if (syntax) throw badConfig([`${file}:${lineAt(text, syntax.offset)}: ${plainSyntaxError(syntax)}`]);
  if (!tree) throw badConfig([`${file}:1: the file is empty`]);
  const value: unknown = getNodeValue(tree);
  const lines = violationsOf(schema)(value).map(({ pointer, message }) => {
    const path = pathOf(pointer);
    return `${file}:${lineAt(text, nearestNode(tree, path).offset)}: ${path.join('.') || 'the file'}: ${message}`;
  });
  if (lines.length > 0) throw badConfig([...new Set(lines)]);
  return value as Static<T>;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CodedError('bad_config', `The configuration file ${file} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function badConfig(lines: string[]): CodedError {
  return new CodedError('bad_config', lines.join('\n'));
}

function plainSyntaxError(error: ParseError): string {
  return `not valid JSON (${printParseErrorCode(error.error)})`;
}

function pathOf(pointer: string): string[] {
  return pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The node a path leads to, or where the path breaks off (a required key that is absent) its nearest ancestor. */
function nearestNode(tree: Node, path: string[]): Node {
  for (let length = path.length; length > 0; length--) {
    const steps = path.slice(0, length).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const node = findNodeAtLocation(tree, steps);
    if (node) return node;
  }
  return tree;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
