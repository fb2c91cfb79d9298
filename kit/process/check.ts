import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { CodedError } from './errors.ts';

export interface Violation {
  /** JSON pointer (RFC 6901) of the offending value; of the unknown key itself where a key is not allowed. */
  readonly pointer: string;
  readonly message: string;
}

/** Compiles a schema once; the result says what is wrong with a value, most useful violation first. */
export function violationsOf(schema: TSchema): (value: unknown) => Violation[] {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return [];
    return compiled
      .Errors(value)
      .filter((error) => error.keyword !== 'additionalProperties')
      .map((error) => ({
        pointer: error.instancePath,
        message: error.keyword === 'boolean' ? 'is not a known key' : error.message,
      }));
  };
}

/** A function that returns the value typed, or throws `CodedError(code)` naming the first thing that is wrong with it. */
export function checker<T extends TSchema>(schema: T, code: string): (value: unknown) => Static<T> {
  const violations = violationsOf(schema);
  return (value) => {
    const [first] = violations(value);
    if (first) throw new CodedError(code, `${first.pointer || 'The value'} ${first.message}.`);
    return value as Static<T>;
  };
}
