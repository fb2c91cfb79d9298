import { request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly json: { readonly error?: { readonly code: string } } & Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method?: string;
  readonly token?: string;
  readonly body?: string | object;
  readonly type?: string;
  /** What the certificate must be for, where it is not the address's host. */
  readonly servername?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Test aid: asks over HTTPS as somebody who trusts one authority alone. Rejects where the certificate is not its, or for another name. */
export async function httpsCall(url: string, authority: string, call: Call = {}): Promise<Answer> {
  const { method = 'GET', token, body, type = 'application/json' } = call;
  const payload = typeof body === 'object' ? JSON.stringify(body) : body;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(payload === undefined ? {} : { 'content-type': type }),
    ...call.headers,
  };
  return await new Promise((resolve, reject) => {
    const asked = request(url, { method, ca: authority, headers, agent: false, ...(call.servername === undefined ? {} : { servername: call.servername }) }, (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: said, json: jsonOf(said) }), reject);
    });
    asked.on('error', reject);
    asked.end(payload);
  });
}

function jsonOf(said: string): Answer['json'] {
  return said.startsWith('{') ? (JSON.parse(said) as Answer['json']) : {};
}
