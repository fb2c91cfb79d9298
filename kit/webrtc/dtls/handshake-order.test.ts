import { expect, it } from 'vitest';
import { ClientFlights, ServerFlights, type HandshakeOrder, type WholeMessage } from './handshake-order.ts';
import { HANDSHAKE } from './verify-handshake.ts';

const { clientHello, certificate, clientKeyExchange, certificateVerify, finished, helloVerifyRequest, serverHello, serverKeyExchange } = HANDSHAKE;
const RANDOM_END = 34;

function hello(sequence: number, cookie: number): WholeMessage {
  return { msg_type: clientHello, message_seq: sequence, fragment: Buffer.concat([Buffer.alloc(RANDOM_END), Buffer.from([2, 7, 7, cookie]), Buffer.alloc(cookie + 10)]) };
}

const of = (type: number, sequence: number): WholeMessage => ({ msg_type: type, message_seq: sequence, fragment: Buffer.alloc(0) });
const FLIGHT_5 = [of(certificate, 2), of(clientKeyExchange, 3), of(certificateVerify, 4), of(finished, 5)] as const;

/** Which are let through, after both hellos. */
function afterHellos(messages: readonly WholeMessage[]): boolean[] {
  const order = new ClientFlights();
  expect([order.admits(hello(0, 0), 0), order.admits(hello(1, 20), 2)]).toEqual([true, true]);
  return messages.map((message) => order.admits(message, 4));
}

const [cert, exchange, verify, end] = FLIGHT_5;
it.each<[string, WholeMessage[], boolean[]]>([
  ['in order', [cert, exchange, verify, end], [true, true, true, true]],
  ['each once, but for the Finished', [cert, cert, exchange, exchange, verify, end, end], [true, false, true, false, true, true, true]],
  ['nothing before its time', [exchange, cert, verify, end, exchange, verify, end], [false, true, false, false, true, true, true]],
  ['no second key in a new number', [cert, exchange, of(clientKeyExchange, 4), verify], [true, true, false, true]],
  ['no second Finished', [cert, exchange, verify, end, of(finished, 6)], [true, true, true, true, false]],
  ['the hello again, in its place', [cert, hello(1, 20), exchange], [true, true, true]],
  ['no hello without cookie', [hello(0, 0), cert], [false, true]],
  ['no message of a server', [of(serverHello, 2), cert], [false, true]],
])("takes a client's last flight: %s", (_what, messages, expected) => expect(afterHellos(messages)).toEqual(expected));

it('begins anew with each hello until it has answered one', () => {
  const order = new ClientFlights();
  expect([order.admits(hello(0, 0), 0), order.admits(hello(0, 0), 2), order.admits(cert, 2), order.admits(hello(1, 20), 2), order.admits(cert, 4)]).toEqual([true, true, false, true, true]);
});

it('takes no hello once it has answered the Finished, nor one cut short', () => {
  const order = new ClientFlights();
  expect([order.admits(hello(1, 20), 6), order.admits({ ...hello(1, 20), fragment: Buffer.alloc(RANDOM_END) }, 4)]).toEqual([false, false]);
});

it("takes a server's keys and proofs once, its requests for a cookie until one was shown", () => {
  const order: HandshakeOrder = new ServerFlights();
  const flights: [number, number, boolean][] = [[helloVerifyRequest, 1, true], [helloVerifyRequest, 3, false], [serverHello, 3, true], [serverHello, 3, false], [serverKeyExchange, 3, true], [serverKeyExchange, 3, false], [14, 3, true], [14, 5, true], [helloVerifyRequest, 5, false], [finished, 5, true]];
  expect(flights.map(([type, flight]) => order.admits(of(type, 1), flight))).toEqual(flights.map(([, , expected]) => expected));
});
