import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Structured lines on standard error; `LECTERN_LOG` sets the level (`info` unless told). Secrets in well-known places are struck out. */
export function createLog(service: string): Log {
  return pino(
    {
      name: service,
      level: process.env['LECTERN_LOG'] ?? 'info',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['req.headers.authorization', 'req.headers.cookie', 'token', 'pin', 'password', '*.token', '*.pin', '*.password'],
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
