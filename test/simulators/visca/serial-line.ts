import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { SerialPort } from 'serialport';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { Dialogue } from './dialogue.ts';
import type { FaultyLine } from './faults.ts';
import { FrameSplitter } from './frames.ts';
import type { PtzHead } from './head.ts';
import { addressSet, networkChange } from './replies.ts';

const BAUD = 9600;

/**
 * VISCA over a serial line: a pair of pseudo terminals (socat), a chain of heads on one of them, `link` a symbolic link to the other.
 * Calls `onOpen` when it is there; resolves on abort, rejects when the line breaks.
 */
export async function serveSerial(heads: readonly PtzHead[], line: FaultyLine, link: string, signal: AbortSignal, onOpen: () => void): Promise<void> {
  const own = `${link}.head`;
  mkdirSync(dirname(link), { recursive: true });
  for (const path of [link, own]) rmSync(path, { force: true });
  const socat = startChild('socat', [`pty,raw,echo=0,link=${own}`, `pty,raw,echo=0,link=${link}`], { signal, name: 'simulator-serial' });
  const gone = socat.exited.then(({ lastWords }) => {
    if (!signal.aborted) throw new CodedError('serial_line', `socat ended: ${lastWords || 'no reason given'}`);
  });
  await Promise.race([until(() => existsSync(own) && existsSync(link), signal), gone]);
  if (signal.aborted) return gone;
  const port = await openPort(own);
  const forget = converse(heads, line, port);
  onOpen();
  try {
    await gone;
  } finally {
    forget();
    if (port.isOpen) port.close(() => undefined);
    for (const path of [link, own]) rmSync(path, { force: true });
  }
}

async function until(condition: () => boolean, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !condition()) await sleep(20, signal);
}

function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: BAUD, autoOpen: false, lock: false });
  return new Promise((resolve, reject) => port.open((error) => (error ? reject(error) : resolve(port))));
}

/** Frames go round: each head takes its own, and what nobody takes comes home. Returns what ends the listening for reboots. */
function converse(heads: readonly PtzHead[], line: FaultyLine, port: SerialPort): () => void {
  const frames = new FrameSplitter();
  const dialogues = heads.map((head) => new Dialogue(head));
  const write = (bytes: Buffer): void => void (port.isOpen && port.write(bytes));
  // The line's end is told by socat; a port error only announces it.
  port.on('error', () => undefined);
  port.on('data', (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) {
      if (line.arrives() && !broadcast(frame)) single(frame);
    }
  });
  const broadcast = (frame: Buffer): boolean => {
    if (frame[0] !== 0x88) return false;
    for (const dialogue of dialogues) dialogue.receive(frame, () => undefined);
    const there = heads.filter((head) => !head.away).length;
    // A head without power breaks the ring.
    if (there === heads.length) line.deliver(frame[1] === 0x30 ? addressSet(there) : frame, write);
    return true;
  };
  const single = (frame: Buffer): void => {
    const place = frame.readUInt8(0) - 0x80;
    const dialogue = dialogues[place - 1];
    if (dialogue !== undefined) line.receive(addressed(frame, 0x81), dialogue, (answer) => line.deliver(addressed(answer, (place + 8) << 4), write));
  };
  const forgets = heads.map((head, index) => head.onReboot((event) => event === 'back' && write(addressed(networkChange(), (index + 9) << 4))));
  return () => forgets.forEach((forget) => forget());
}

function addressed(frame: Buffer, header: number): Buffer {
  return Buffer.concat([Buffer.from([header]), frame.subarray(1)]);
}
