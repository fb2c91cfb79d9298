import { describe, expect, test } from 'vitest';
import { ControllingPath, LitePath, type PathPorts } from './path.ts';
import { answerCheck, buildCheck, type IceCredentials, type TransportAddress } from './stun/check.ts';
import { ATTRIBUTE, attributeOf, parseStun, STUN, type StunMessage } from './stun/message.ts';

const SERVER: IceCredentials = { localUfrag: 'serv', localPassword: 'p'.repeat(24), remoteUfrag: 'clnt', remotePassword: 'q'.repeat(24) };
const CLIENT: IceCredentials = { localUfrag: 'clnt', localPassword: 'q'.repeat(24), remoteUfrag: 'serv', remotePassword: 'p'.repeat(24) };
const HOME: TransportAddress = { address: '10.0.0.5', port: 4000 };
const MOBILE: TransportAddress = { address: '10.9.9.9', port: 5000 };

function parsed(raw: Buffer | undefined): StunMessage {
  const message = parseStun(raw ?? Buffer.alloc(0));
  if (message === null) throw new Error('not STUN');
  return message;
}

function recorded(): { ports: PathPorts; sent: { message: StunMessage; to: TransportAddress }[]; clock: { nowMs: number } } {
  const sent: { message: StunMessage; to: TransportAddress }[] = [];
  const clock = { nowMs: 1000 };
  return { sent, clock, ports: { send: (datagram, to) => sent.push({ message: parsed(datagram), to }), onProven: () => true, inUse: () => null, nowMs: () => clock.nowMs } };
}

const check = (nominate: boolean, ice = CLIENT): StunMessage => parsed(buildCheck({ transactionId: Buffer.alloc(12, 7), ice, role: 'controlling', tieBreaker: 1n, nominate }));

describe('the lite side', () => {
  test('a valid check proves, selects and is answered; a forged one does nothing', () => {
    const { ports, sent } = recorded();
    const path = new LitePath(SERVER, ports);
    expect(path.receive(check(true, { ...CLIENT, remotePassword: 'x'.repeat(24) }), HOME)).toBe(false);
    expect([path.selected, sent.length]).toEqual([null, 0]);
    expect(path.receive(check(false), HOME)).toBe(true);
    expect(path.selected).toEqual(HOME);
    expect(sent.map(({ message }) => message.type)).toEqual([STUN.bindingSuccess]);
  });

  test('media follows a nomination only after the new address has answered a check of ours', () => {
    const { ports, sent } = recorded();
    const path = new LitePath(SERVER, ports);
    path.receive(check(true), HOME);
    path.receive(check(true), MOBILE);
    expect(path.selected).toEqual(HOME);
    const challenge = sent.find(({ message }) => message.type === STUN.bindingRequest);
    expect(challenge?.to).toEqual(MOBILE);
    const reply = answerCheck(challenge?.message ?? check(false), HOME, CLIENT)?.reply;
    path.receive(parsed(reply), HOME);
    expect(path.selected).toEqual(HOME);
    path.receive(parsed(reply), MOBILE);
    expect(path.selected).toEqual(MOBILE);
  });

  test('after a restart only the address in use is selected at once, any other has to answer first: it may be forged', () => {
    const { ports, sent } = recorded();
    const restarted = (): LitePath => new LitePath(SERVER, { ...ports, inUse: () => HOME });
    const same = restarted();
    same.receive(check(false), HOME);
    expect(same.selected).toEqual(HOME);
    const moved = restarted();
    moved.receive(check(true), MOBILE);
    moved.receive(check(false), MOBILE);
    expect(moved.selected).toBeNull();
    const challenges = sent.filter(({ message }) => message.type === STUN.bindingRequest);
    expect(challenges.map(({ to }) => to)).toEqual([MOBILE]);
    moved.receive(parsed(answerCheck(challenges[0]?.message ?? check(false), HOME, CLIENT)?.reply), MOBILE);
    expect(moved.selected).toEqual(MOBILE);
  });

  test('a flood of nominations, whose addresses may be forged, is answered with fewer bytes than it has', () => {
    const { ports, sent, clock } = recorded();
    const path = new LitePath(SERVER, ports);
    path.receive(check(true), HOME);
    const before = sent.length;
    const flood = Array.from({ length: 100 }, () => check(true));
    for (const nomination of flood) path.receive(nomination, MOBILE);
    const bytes = (messages: readonly StunMessage[]): number => messages.reduce((sum, { raw }) => sum + raw.length, 0);
    expect(bytes(sent.slice(before).map(({ message }) => message))).toBeLessThan(bytes(flood));
    clock.nowMs += 500;
    path.receive(check(true), MOBILE);
    expect(sent.filter(({ message }) => message.type === STUN.bindingRequest)).toHaveLength(2);
  });

  test("an address that is another far end's is not taken, and there are only so many", () => {
    const { ports, sent } = recorded();
    const taken = new LitePath(SERVER, { ...ports, onProven: () => false });
    expect([taken.receive(check(true), HOME), sent.length]).toEqual([false, 0]);
    const path = new LitePath(SERVER, ports);
    const proven = Array.from({ length: 20 }, (_each, index) => path.receive(check(false), { address: '10.0.0.5', port: 4000 + index }));
    expect(proven.filter(Boolean)).toHaveLength(8);
  });
});

describe('the controlling side', () => {
  const answer = (request: StunMessage | undefined, from: TransportAddress): StunMessage => parsed(answerCheck(request ?? check(false), from, SERVER)?.reply);

  test('checks candidates in turn, nominates the first that answers, then asks for consent', () => {
    const { ports, sent, clock } = recorded();
    const path = new ControllingPath(CLIENT, ports);
    path.addCandidates([HOME, MOBILE, HOME]);
    for (let turn = 0; turn < 4; turn += 1, clock.nowMs += 50) path.tick();
    expect(sent.map(({ to }) => to)).toEqual([HOME, MOBILE, HOME, MOBILE]);
    clock.nowMs += 20;
    expect(path.receive(answer(sent[1]?.message, MOBILE), MOBILE)).toBe(true);
    expect(path.selected).toEqual(MOBILE);
    const nomination = sent.at(-1)?.message;
    expect(nomination && attributeOf(nomination, ATTRIBUTE.useCandidate)).toBeDefined();
    path.tick();
    expect(sent).toHaveLength(5);
    clock.nowMs += 2500;
    path.tick();
    expect([sent.length, sent[5]?.to]).toEqual([6, MOBILE]);
  });

  test('an answer from elsewhere, or made with another password, proves nothing', () => {
    const { ports, sent } = recorded();
    const path = new ControllingPath(CLIENT, ports);
    path.addCandidates([HOME]);
    path.tick();
    expect(path.receive(answer(sent[0]?.message, HOME), MOBILE)).toBe(false);
    expect(path.selected).toBeNull();
  });
});
