/** What the simulated camera says, as the ONVIF specifications' examples have it. */

const NAMESPACES = Object.entries({
  s: 'http://www.w3.org/2003/05/soap-envelope', tt: 'http://www.onvif.org/ver10/schema', tds: 'http://www.onvif.org/ver10/device/wsdl',
  trt: 'http://www.onvif.org/ver10/media/wsdl', tr2: 'http://www.onvif.org/ver20/media/wsdl', tptz: 'http://www.onvif.org/ver20/ptz/wsdl',
  timg: 'http://www.onvif.org/ver20/imaging/wsdl', tev: 'http://www.onvif.org/ver10/events/wsdl', wsa: 'http://www.w3.org/2005/08/addressing',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2', ter: 'http://www.onvif.org/ver10/error', tns1: 'http://www.onvif.org/ver10/topics',
}).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`).join('');

/** A refusal with the codes of the core specification, section 5.8.2. */
export class Refusal extends Error {
  readonly status: number;
  readonly subcodes: readonly string[];

  constructor(status: number, subcodes: readonly string[], reason: string) {
    super(reason);
    this.status = status;
    this.subcodes = subcodes;
  }
}

export const unsupported = (): Refusal => new Refusal(500, ['ter:ActionNotSupported', 'ter:OptionalActionNotImplemented'], 'Optional Action Not Implemented');
export const badArgument = (code: string, reason: string): Refusal => new Refusal(400, ['ter:InvalidArgVal', `ter:${code}`], reason);
export const notAuthorized = (): Refusal => new Refusal(400, ['ter:NotAuthorized'], 'Sender not Authorized');

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope${NAMESPACES}><s:Header/><s:Body>${body}</s:Body></s:Envelope>`;
}

export function faultOf({ subcodes, message }: Refusal): string {
  const inner = subcodes.reduceRight((within, code) => `<s:Subcode><s:Value>${code}</s:Value>${within}</s:Subcode>`, '');
  return envelope(`<s:Fault><s:Code><s:Value>s:Sender</s:Value>${inner}</s:Code><s:Reason><s:Text xml:lang="en">${message}</s:Text></s:Reason></s:Fault>`);
}
