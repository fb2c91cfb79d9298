/** What a viewer says over the events socket, from text that anybody may have sent. */
import type { Static } from 'typebox';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import { FromViewer } from '../contract/events.ts';

const check = checker(FromViewer, 'bad_message');

/** @throws CodedError `bad_message`, `too_long` */
export function readMessage(text: string): Static<typeof FromViewer> {
  return check(parsed(text));
}

/** Length is told apart from other mistakes, because a person can do something about it. */
function parsed(text: string): unknown {
  const value = json(text);
  if (typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string' && value.text.length > 500) {
    throw new CodedError('too_long', 'A message may have 500 characters at most.');
  }
  return value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('bad_message', 'This message is not JSON.', { cause });
  }
}
