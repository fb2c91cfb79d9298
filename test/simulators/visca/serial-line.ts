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

const BAUD = 9600;

/**
 * VISCA over a serial line: a pair of pseudo terminals (socat), the head on one of them, `link` a symbolic link to the other.
 * Calls `onOpen` when it is there; resolves on abort, rejects when the line breaks.
 */
export async function serveSerial(head: PtzHead, line: FaultyLine, link: string, signal: AbortSignal, onOpen: () => void): Promise<void> {
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
  converse(head, line, port);
  onOpen();
  try {
    await gone;
  } finally {
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

function converse(head: PtzHead, line: FaultyLine, port: SerialPort): void {
  const frames = new FrameSplitter();
  const dialogue = new Dialogue(head);
  const send = (frame: Buffer): void => line.deliver(frame, (bytes) => port.isOpen && port.write(bytes));
  // The line's end is told by socat; a port error only announces it.
  port.on('error', () => undefined);
  port.on('data', (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) if (line.arrives()) dialogue.receive(frame, send);
  });
}
