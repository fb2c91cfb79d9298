import { type FuzzTarget, pieces } from '#kit/testing/fuzz.ts';
import { cancel, home } from './commands.ts';
import { dueAtMs, heard, type Item, numberRefused, quiet, submit, ticked, type Turn } from './exchange.ts';
import { FrameReader, lastFrameIn } from './frame-reader.ts';
import { QUESTIONS, questionBytes } from './inquiries.ts';
import { resetSequence, unwrap, wrap } from './over-ip.ts';
import { PROFILES } from './profiles.ts';
import { parseReply } from './reply.ts';

const hex = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));
const SAID = hex('90 41 ff 90 51 ff', '90 60 03 ff 90 61 04 ff', '90 50 0f 0f 07 00 00 00 09 00 ff', '90 50 04 00 00 00 ff', '90 50 00 01 05 11 01 00 02 ff', '88 30 02 ff 90 38 ff');
const ACK = Buffer.from([0x90, 0x41, 0xff]);

/** A camera's bytes, however cut: frames stay short, every question's reader takes every answer, and the next true frame is understood. */
const stream: FuzzTarget = {
  name: 'VISCA stream',
  seeds: () => SAID,
  feed: (input, random) => {
    const reader = new FrameReader();
    for (const piece of pieces(input, random)) for (const frame of reader.push(piece)) understand(frame);
    // Noise may swallow one frame, not two.
    const after = [...reader.push(ACK), ...reader.push(ACK)].map((frame) => parseReply(frame) ?? parseReply(lastFrameIn(frame)));
    if (after.at(-1)?.type !== 'ack') throw new Error('the reader did not find back');
  },
};

function understand(frame: Buffer): void {
  if (frame.length > 16) throw new Error('a frame without end');
  const reply = parseReply(frame) ?? parseReply(lastFrameIn(frame));
  if (reply?.type === 'answer') for (const { read } of Object.values(QUESTIONS)) read(reply.data, PROFILES.generic);
}

const overIp: FuzzTarget = {
  name: 'VISCA over IP',
  seeds: () => [...SAID.map((said, index) => asReply(said, index)), resetSequence(), wrap(home(), 7), ...hex('02 01 00 02 00 00 00 05 0f 01')],
  feed: (input) => {
    const packet = unwrap(input);
    if (packet.type === 'reply') for (const frame of new FrameReader().push(packet.payload)) understand(frame);
  },
};

function asReply(payload: Buffer, sequence: number): Buffer {
  const packet = wrap(payload, sequence);
  packet.writeUInt16BE(0x0111, 0);
  return packet;
}

/** Replies in any order to anything: what waits stays bounded, and a stop goes out at last. */
const conversation: FuzzTarget = {
  name: 'VISCA conversation',
  seeds: () => SAID,
  feed: (input, random) => {
    let exchange = quiet(random() < 0.5);
    let nowMs = 0;
    let stops = 0;
    const take = (turn: Turn): void => {
      exchange = turn.exchange;
      stops += turn.outputs.filter((output) => output.type === 'send' && output.bytes === STOP.bytes).length;
    };
    for (const frame of new FrameReader().push(Buffer.concat([input, ...SAID]))) {
      take(submit(exchange, random() < 0.5 ? DRIVE : QUESTION, nowMs));
      const reply = parseReply(frame);
      if (reply !== null) take(heard(exchange, reply, random() < 0.5 ? null : Math.floor(random() * 9), nowMs));
      take(numberRefused(exchange, Math.floor(random() * 9), nowMs));
      nowMs += Math.floor(random() * 50);
    }
    take(submit(exchange, STOP, nowMs));
    for (let turns = 0; turns < 20 && stops === 0; turns++) take(ticked(exchange, (nowMs = Math.max(nowMs, dueAtMs(exchange)))));
    if (stops === 0 || exchange.queue.length > 8) throw new Error('a stop that is not sent, or a queue that grows');
  },
};

const DRIVE: Item = { key: 'drive', bytes: home(), kind: 'command', motors: ['pan-tilt'], insist: 'few-times' };
const QUESTION: Item = { key: 'where', bytes: questionBytes('where'), kind: 'inquiry', motors: [], insist: 'once', lengths: [8] };
const STOP: Item = { key: 'stop', bytes: cancel(1), kind: 'command', motors: ['pan-tilt'], insist: 'until-confirmed' };

export const viscaTargets: readonly FuzzTarget[] = [stream, overIp, conversation];
