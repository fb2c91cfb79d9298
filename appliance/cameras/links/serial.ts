import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { SerialPort } from 'serialport';
import type { OpenLink } from './link.ts';

/** VISCA over a serial line, 8N1. The path comes from the configuration: listing ports needs udev, which a box may lack. */
export function serialLink(target: { path: string; baud: number }): OpenLink {
  return async (received, signal) => {
    const port = new SerialPort({ path: target.path, baudRate: target.baud, autoOpen: false, lock: false });
    await open(port, target.path);
    port.on('data', received);
    return {
      send: (packet) => {
        port.write(packet);
      },
      ended: endOf(port, signal),
    };
  };
}

function open(port: SerialPort, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    port.open((error) => {
      if (error) reject(new CodedError('camera_unreachable', `The serial port ${path} cannot be opened: ${reasonOf(error)}`, { cause: error }));
      else resolve();
    });
  });
}

function endOf(port: SerialPort, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const close = (): void => port.close(() => resolve());
    signal.addEventListener('abort', close, { once: true });
    port.on('error', reject);
    port.once('close', (error: Error | null) => {
      signal.removeEventListener('abort', close);
      if (signal.aborted) resolve();
      else reject(error ?? new CodedError('camera_closed', 'The serial line to the camera was unplugged.'));
    });
    if (signal.aborted) close();
  });
}
