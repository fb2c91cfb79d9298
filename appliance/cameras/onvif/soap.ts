import { CodedError } from '#kit/process/errors.ts';
import { find, parseXml, textAt, type XmlElement } from './xml.ts';

/** What a camera answers where it will not (ONVIF core specification, section 5.8; SOAP 1.2 part 1, section 5.4). */
export class SoapFault extends CodedError {
  /** Local names from the general to the particular: `Sender`, `NotAuthorized`. */
  readonly codes: readonly string[];

  constructor(codes: readonly string[], reason: string) {
    super('camera_refused', `The camera refused: ${reason.slice(0, 200) || codes.join(' ') || 'it does not say why'}.`, { status: 409 });
    this.codes = codes;
  }

  get isNotAuthorized(): boolean {
    return this.codes.some((code) => ['NotAuthorized', 'FailedAuthentication', 'OperationProhibited'].includes(code)) || /not ?authori[sz]ed/i.test(this.message);
  }

  /** The camera knows no such operation, as opposed to this one being wrong. */
  get isUnsupported(): boolean {
    return this.codes.some((code) => ['ActionNotSupported', 'ActionNotImplemented', 'OptionalActionNotImplemented', 'NotImplemented'].includes(code));
  }
}

/** The one element in the body of an answer. @throws SoapFault, CodedError `camera_bad_answer` */
export function readAnswer(text: string): XmlElement {
  const envelope = parseXml(text);
  const body = envelope.name === 'Envelope' ? find(envelope, 'Body') : undefined;
  const [answer] = body?.children ?? [];
  if (answer === undefined) throw new CodedError('camera_bad_answer', 'The camera answered with something that is no SOAP message.', { status: 502 });
  if (answer.name === 'Fault') throw faultOf(answer);
  return answer;
}

function faultOf(fault: XmlElement): SoapFault {
  const codes: string[] = [];
  for (let code = find(fault, 'Code'); code !== undefined && codes.length < 4; code = find(code, 'Subcode')) codes.push(local(textAt(code, 'Value')));
  const old = textAt(fault, 'faultcode');
  if (old !== '') codes.push(local(old));
  return new SoapFault(codes.filter((code) => code !== ''), textAt(fault, 'Reason', 'Text') || textAt(fault, 'faultstring'));
}

function local(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf(':') + 1);
}
